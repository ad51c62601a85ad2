"""What services document of the files that they read, as JSON schemas of our own writing."""

from typing import Any

import pytest

_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
_PLAIN = {"const": "text"}

# GitLab, "Code Quality": the elements of a report.
CODE_QUALITY: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": _TEXT,
            "check_name": _TEXT,
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32,64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?![/]|\\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}

# Classroom 50, "Advanced Autograding": classroom50/result/v1. A test may have further fields.
RESULT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit",
        "release", "review", "datetime", "score", "max-score", "tests",
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "classroom": _TEXT,
        "assignment": _TEXT,
        "assignment_type": {"enum": ["individual", "group"]},
        "owner": _TEXT,
        "submission": {"type": "string", "pattern": "^submit/"},
        "commit": _TEXT,
        "release": _TEXT,
        "review": _TEXT,
        "datetime": {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$",
        },
        "score": _COUNT,
        "max-score": _COUNT,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": _TEXT,
                    "passed": {"type": "boolean"},
                    "score": _COUNT,
                    "max-score": _COUNT,
                },
            },
        },
    },
}  # fmt: skip

# Gradescope, "Autograder specifications": results.json, with nothing but text in it.
RESULTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["output", "output_format", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": _PLAIN,
        "test_output_format": _PLAIN,
        "test_name_format": _PLAIN,
        "visibility": {"const": "visible"},
        "stdout_visibility": {"const": "hidden"},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "name_format", "output", "output_format"],
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": _TEXT,
                    "name_format": _PLAIN,
                    "output": {"type": "string"},
                    "output_format": _PLAIN,
                    "visibility": {"const": "visible"},
                },
            },
        },
    },
}


def complaints(document: object, schema: dict[str, Any]) -> list[str]:
    """Return what a document has against a schema."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema)
    return [one.message for one in validator.iter_errors(document)]
