def mse(predictions, targets):
    pass


def mse_gradient(predictions, targets):
    pass
