"""Walks botocore's model of a service: values that it allows, and what the server makes of them."""
import botocore.session


def model(service):
    return botocore.session.get_session().get_service_model(service)


def sample(shape, texts, other="none"):
    """A value that the model allows.

    `texts` says what a text of a shape's name is; others are `other`, as long as they must be.
    """
    match shape.type_name:
        case "structure":
            return {name: sample(member, texts, other) for name, member in shape.members.items()
                    if name in shape.required_members}
        case "list":
            # The Query protocol has no form for a structure without members.
            whole = getattr(shape.member, "members", {})
            return [sample(shape.member, texts, other)
                    or {name: sample(member, texts, other) for name, member in whole.items()}]
        case "map":
            return {sample(shape.key, texts, "key"): sample(shape.value, texts, "value")}
        case "blob":
            return "AQ=="
        case "boolean":
            return False
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 1))
        case "double" | "float":
            return 0.5
        case "timestamp":
            return 1_600_000_000
    if shape.name in texts:
        return texts[shape.name]
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    return other.ljust(shape.metadata.get("min", 0), "n")


def inputs(model, operation):
    """The members of an operation's input."""
    shape = model.operation_model(operation).input_shape
    return shape.members if shape else {}


def request(model, operation, texts, member=None, other="none"):
    """The members that an operation demands, and one more."""
    shape = model.operation_model(operation).input_shape
    members = sample(shape, texts, other) if shape else {}
    if member:
        members[member] = sample(shape.members[member], texts, other)
    return members


def is_refused(status, code, message, name):
    """True for a refusal that tells what is refused."""
    return (status, code) == (400, "UnsupportedOperation") and name in message
