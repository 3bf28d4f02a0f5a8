"""What the API server says when it does not do as asked: Status objects with the words of the real one."""

# Codes whose reason follows from the code alone.
_REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
            405: "MethodNotAllowed",
            406: "NotAcceptable", 409: "Conflict", 410: "Expired", 413: "RequestEntityTooLarge",
            415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests", 500: "InternalError"}


def status(code, message, reason=None, details=None):
    said = {"kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Success" if code < 300 else "Failure", "message": message}
    if reason is None:
        reason = _REASONS.get(code, "")
    if reason and code >= 300:
        said["reason"] = reason
    if details:
        said["details"] = details
    said["code"] = code
    return {key: value for key, value in said.items() if key == "metadata" or value not in ("", None)}


class Refused(Exception):
    """A request that gets a Status instead of what it asked for."""

    def __init__(self, code, message, reason=None, details=None):
        super().__init__(message)
        self.status = status(code, message, reason, details)


def bad_request(message):
    return Refused(400, message)


def _details(resource, name, **more):
    details = {"name": name, "group": resource.group, "kind": resource.plural, **more}
    return {key: value for key, value in details.items() if value}


def not_found(resource, name):
    return Refused(404, f'{resource.full} "{name}" not found', details=_details(resource, name))


def already_exists(resource, name):
    return Refused(409, f'{resource.full} "{name}" already exists', "AlreadyExists", _details(resource, name))


def conflict(resource, name, why):
    return Refused(409, f'Operation cannot be fulfilled on {resource.full} "{name}": {why}',
                   details=_details(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def no_such_page():
    return Refused(404, "the server could not find the requested resource", details={})


def method_not_allowed(resource):
    return Refused(405, "the server does not allow this method on the requested resource",
                   details={"group": resource.group, "kind": resource.plural} if resource else None)


def unsupported_patch(accepted):
    return Refused(415, "the body of the request was in an unknown format - accepted media types include: "
                   + ", ".join(accepted))


def invalid(resource, name, causes):
    """Causes are (field, reason, words), as field.ErrorList has them."""
    said = [f"{field}: {words}" for field, _, words in causes]
    listed = said[0] if len(said) == 1 else "[" + ", ".join(said) + "]"
    kind = resource.kind + ("." + resource.group if resource.group else "")
    details = {"name": name, "group": resource.group, "kind": resource.kind,
               "causes": [{"reason": reason, "message": words, "field": field}
                          for field, reason, words in causes]}
    return Refused(422, f'{kind} "{name}" is invalid: {listed}',
                   details={key: value for key, value in details.items() if value})


def forbidden(resource, name, why):
    """`resource` may be None: a path outside the API."""
    if resource is None:
        return Refused(403, f"forbidden: {why}", details={})
    subject = f'{resource.full} "{name}"' if name else resource.full
    return Refused(403, f"{subject} is forbidden: {why}", details=_details(resource, name))


def deleted(resource, obj):
    """The Success that answers a delete."""
    details = _details(resource, obj["metadata"]["name"], uid=obj["metadata"]["uid"])
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def invalid_option(field, value, supported):
    """An option of a request (`dryRun`) that is none."""
    words = ", ".join(f'"{one}"' for one in supported)
    cause = f'Unsupported value: "{value}": supported values: {words}'
    return Refused(422, f'Options.meta.k8s.io "" is invalid: {field}: {cause}', details={
        "group": "meta.k8s.io", "kind": "Options",
        "causes": [{"reason": "FieldValueNotSupported", "message": cause, "field": field}]})
