"""A receiver of OpenTelemetry's protocol as JSON over HTTP, strict: it takes only what the JSON mapping of
opentelemetry-proto allows, and keeps the reasons where it does not."""

import http.server
import json
import re
import threading

_INTEGER = re.compile(r"-?[0-9]+")


class Wrong(Exception):
    pass


def _members(value, where, required, optional=()):
    if not isinstance(value, dict):
        raise Wrong(f"{where} is no object")
    missing = set(required) - set(value)
    strange = set(value) - set(required) - set(optional)
    if missing or strange:
        raise Wrong(f"{where}: missing {sorted(missing)}, strange {sorted(strange)}")
    return value


def _integer(value, where):
    """64-bit integers are strings in proto3's JSON."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise Wrong(f"{where} is no integer as a string: {value!r}")
    return int(value)


def _hex(value, where, digits):
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", value) or not value.strip("0"):
        raise Wrong(f"{where} is no id of {digits} digits: {value!r}")
    return value


def _number(value, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong(f"{where} is no number: {value!r}")
    return value


def attributes(values, where):
    found = {}
    for each in values:
        _members(each, where, ["key", "value"])
        (kind, value), = _members(each["value"], where, [], ["stringValue", "intValue", "boolValue",
                                                             "doubleValue"]).items()
        if kind == "intValue":
            value = _integer(value, where)
        elif not isinstance(value, {"stringValue": str, "boolValue": bool, "doubleValue": float}[kind]):
            raise Wrong(f"{where}: {each['key']} is no {kind}")
        if each["key"] in found:
            raise Wrong(f"{where}: {each['key']} stands twice")
        found[each["key"]] = value
    return found


def _span(span):
    _members(span, "span", ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano",
                            "attributes", "status"], ["parentSpanId"])
    status = _members(span["status"], "status", [], ["code", "message"])
    if span["kind"] not in (1, 2, 3, 4, 5):
        raise Wrong(f"kind {span['kind']!r}")
    if status.get("code", 0) not in (0, 1, 2):
        raise Wrong(f"status {status!r}")
    start, end = (_integer(span[name], name) for name in ("startTimeUnixNano", "endTimeUnixNano"))
    if not 0 < start <= end:
        raise Wrong(f"{span['name']} ends before it starts")
    return {"trace": _hex(span["traceId"], "traceId", 32), "id": _hex(span["spanId"], "spanId", 16),
            "parent": _hex(span["parentSpanId"], "parentSpanId", 16) if "parentSpanId" in span else None,
            "name": span["name"], "kind": span["kind"], "start": start, "end": end, "status": status,
            "attributes": attributes(span["attributes"], span["name"])}


def _points(body, name, names):
    for point in body["dataPoints"]:
        _members(point, name, ["attributes", "timeUnixNano", *names])
        time = _integer(point["timeUnixNano"], name)
        if "startTimeUnixNano" in names and not 0 < _integer(point["startTimeUnixNano"], name) <= time:
            raise Wrong(f"{name} began after its time")
        yield attributes(point["attributes"], name), point


def _metric(metric):
    _members(metric, "metric", ["name", "unit"], ["description", "sum", "gauge", "histogram"])
    name = metric["name"]
    kind, = {"sum", "gauge", "histogram"} & set(metric)
    body, found = metric[kind], {}
    if kind == "gauge":
        _members(body, name, ["dataPoints"])
        for labels, point in _points(body, name, ["asDouble"]):
            found[tuple(sorted(labels.items()))] = _number(point["asDouble"], name)
        return name, kind, found
    _members(body, name, ["dataPoints", "aggregationTemporality"], ["isMonotonic"] if kind == "sum" else [])
    if body["aggregationTemporality"] != 2:
        raise Wrong(f"{name} is not cumulative")
    if kind == "sum":
        if body["isMonotonic"] is not True:
            raise Wrong(f"{name} is not monotonic")
        for labels, point in _points(body, name, ["startTimeUnixNano", "asDouble"]):
            found[tuple(sorted(labels.items()))] = _number(point["asDouble"], name)
        return name, kind, found
    for labels, point in _points(body, name, ["startTimeUnixNano", "count", "sum", "bucketCounts",
                                              "explicitBounds"]):
        counts = [_integer(each, name) for each in point["bucketCounts"]]
        bounds = [_number(each, name) for each in point["explicitBounds"]]
        if len(counts) != len(bounds) + 1 or bounds != sorted(set(bounds)):
            raise Wrong(f"{name}: {len(counts)} buckets between {bounds}")
        if sum(counts) != _integer(point["count"], name):
            raise Wrong(f"{name}: its buckets are not all there is")
        _number(point["sum"], name)
        found[tuple(sorted(labels.items()))] = sum(counts)
    return name, kind, found


class Receiver:
    """`spans`, `metrics` (a dictionary a request: name to kind and points) and `wrong` grow as they come."""

    def __init__(self, key=None):
        self.key, self.spans, self.metrics, self.wrong, self.resources, self.refuse = key, [], [], [], [], 0
        self.requests = 0
        self.lock = threading.Lock()

    def __enter__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(self.path, self.headers, body)
                answer = b'{"partialSuccess":{}}'
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, headers, body):
        with self.lock:
            self.requests += 1
            if self.refuse:
                return self.refuse
            try:
                if headers["Content-Type"] != "application/json":
                    raise Wrong(f"Content-Type {headers['Content-Type']}")
                if self.key and headers["Authorization"] != f"Bearer {self.key}":
                    raise Wrong("it has not the credential")
                self.read(path, json.loads(body))
            except (Wrong, KeyError, ValueError, TypeError) as error:
                self.wrong.append(f"{path}: {error!r}")
                return 400
            return 200

    def read(self, path, document):
        outer, inner, items, read = {
            "/v1/traces": ("resourceSpans", "scopeSpans", "spans", _span),
            "/v1/metrics": ("resourceMetrics", "scopeMetrics", "metrics", _metric)}[path]
        for resource in _members(document, "document", [outer])[outer]:
            _members(resource, outer, ["resource", inner])
            self.resources.append(attributes(resource["resource"]["attributes"], "resource"))
            for scope in resource[inner]:
                _members(scope["scope"], "scope", ["name", "version"])
                found = [read(each) for each in _members(scope, inner, ["scope", items])[items]]
                if path == "/v1/traces":
                    self.spans += found
                else:
                    self.metrics.append({name: (kind, points) for name, kind, points in found})

    def named(self, name):
        with self.lock:
            return [span for span in self.spans if span["name"] == name]
