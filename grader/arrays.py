"""Arithmetic on arrays, on the trusted side. Pure."""

import ast
import operator
from collections.abc import Callable, Mapping

import numpy as np

from grader.errors import AssignmentError
from grader.model import Array, Scalar

_OPERATORS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.MatMult: operator.matmul,
}


def as_array(value: Array | Scalar) -> Array:
    """Return `value` as an array; a scalar becomes 0-d."""
    return np.asarray(value)


def derive(
    expression: str,
    objects: Mapping[str, str],
    values: Mapping[str, Array],
    given: Mapping[str, Array],
) -> Array:
    """Evaluate `dense.weights - rate * dense.dweights` over read outputs and given values.

    Operators: + - * / @, unary minus, numbers. Raises AssignmentError for anything else, KeyError
    for an output that was not read, ValueError where shapes do not fit.
    """

    def evaluate(node: ast.expr) -> Array:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _apply(op, evaluate(left), evaluate(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return np.asarray(-evaluate(operand))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in objects:
                return values[f"{objects[name]}.{attribute}"]
            case ast.Name(id=name):
                return given[name] if name in given else values[name]
            case ast.Constant(value=int() | float() as value):
                return np.asarray(value)
            case _:
                raise AssignmentError(
                    f"a derived output says {ast.unparse(node)}",
                    "use + - * / @ over numbers, given values and outputs that the program reads",
                )

    with np.errstate(all="ignore"):
        return evaluate(ast.parse(expression, mode="eval").body)


def _apply(op: ast.operator, left: Array, right: Array) -> Array:
    """Apply an operator to numbers, or to arrays of one shape: nothing is broadcast."""
    alike = left.shape == right.shape or 0 in (left.ndim, right.ndim)
    if not alike and not isinstance(op, ast.MatMult):
        raise ValueError(f"shapes {left.shape} and {right.shape} do not fit")
    return np.asarray(_OPERATORS[type(op)](left, right))
