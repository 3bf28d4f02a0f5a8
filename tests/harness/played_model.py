"""A model that is played: the agent is a real one, and what thinks for it is a script. It speaks Anthropic's
Messages and OpenAI's Responses, streaming, at web.Server's routes; each turn of a conversation is answered
with the script's next step, and what the agent brings back of a tool is kept for the test."""

import json
import re
import threading

from harness import web


SERVER = "production"  # What agents call the gateway in their settings.


class Use:
    """A step: use the tool whose name ends so."""

    def __init__(self, tool, **arguments):
        self.tool, self.arguments = tool, arguments


def _event(value):
    return f"event: {value['type']}\ndata: {json.dumps(value)}\n\n".encode()


def _text_of(content):
    """What a model would read of a tool's result, whatever it is wrapped in."""
    if isinstance(content, str):
        return content
    return "\n".join(_text_of(each.get("text", each.get("content", ""))) for each in content or [])


class Server(web.Server):
    def __init__(self, tls=False, routes=None):
        super().__init__(tls=tls, routes={"v1": _v1, "api": _nothing, **(routes or {})})
        self.lock = threading.Lock()
        self.play()

    def play(self, *steps):
        """Each a Use, a text, or what makes one of them from the results so far."""
        self.forget()
        self.problems = []
        self.steps, self.saw, self.offered = list(steps), [], []

    def next_step(self, results, tools):
        """By how much has been brought back: a request that an agent sends again is answered alike."""
        with self.lock:
            self.saw, self.offered = results, tools
        step = self.steps[len(results)] if len(results) < len(self.steps) else "There is nothing more to do."
        return step(results) if callable(step) else step

    def keys(self):
        """What the agent says it may ask a model by."""
        return {each["headers"].get("x-api-key") or each["headers"].get("authorization")
                for each in self.requests if each["path"].startswith("/v1/")}


def _as_offered(step, tools):
    """The tool's name and arguments as this agent offers them: some keep tools back until they are asked for,
    by the name that they make of the server's and the tool's."""
    for name in tools:
        if re.search(rf"(^|[_.]){re.escape(step.tool)}$", name):
            return name, step.arguments
    if "ToolSearch" in tools:
        return "ToolSearch", {"query": f"select:mcp__{SERVER}__{step.tool}", "max_results": 5}
    if "tool_call" in tools:
        return "tool_call", {"id": f"{SERVER}__{step.tool}", "args": step.arguments}
    raise KeyError(f"no tool {step.tool} among {tools}")


def _nothing(handler):
    handler.answer_json({}, 404)


def _v1(handler):
    if handler.command != "POST":
        return handler.answer_json({"object": "list", "data": [], "models": []})
    asked = json.loads(handler.body)
    if handler.words[1:] == ["messages", "count_tokens"]:
        return handler.answer_json({"input_tokens": 100})
    try:
        {"messages": _messages, "responses": _responses}[handler.words[1]](handler, asked)
    except Exception as problem:  # The test says so; an agent would only try again.
        handler.server.problems.append(repr(problem))
        what = {"type": "invalid_request_error", "message": repr(problem)}
        handler.answer_json({"type": "error", "error": what}, 400)


def _messages(handler, asked):
    tools = [each["name"] for each in asked.get("tools", [])]
    blocks = [block for each in asked["messages"] if isinstance(each["content"], list)
              for block in each["content"]]
    results = [_text_of(block.get("content")) for block in blocks
               if block["type"] == "tool_result" and not block["tool_use_id"].startswith("search")]
    # Titles and summaries are asked for beside the conversation, without tools.
    step = handler.server.next_step(results, tools) if tools else "a title"
    if isinstance(step, Use):
        name, arguments = _as_offered(step, tools)
        word = "search" if name == "ToolSearch" else "toolu"
        block = {"type": "tool_use", "id": f"{word}_{len(results)}", "name": name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
    else:
        block = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": step}
    stop = "tool_use" if isinstance(step, Use) else "end_turn"
    message = {"id": f"msg_{len(results)}", "type": "message", "role": "assistant", "model": asked["model"],
               "content": [], "stop_reason": None, "stop_sequence": None,
               "usage": {"input_tokens": 10, "output_tokens": 1}}
    if not asked.get("stream"):
        whole = {**block, "input": arguments} if isinstance(step, Use) else {**block, "text": step}
        return handler.answer_json({**message, "content": [whole], "stop_reason": stop})
    handler.stream(map(_event, [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None},
         "usage": {"output_tokens": 10}},
        {"type": "message_stop"}]))


def _responses(handler, asked):
    tools = {}
    for each in asked.get("tools", []):
        inner = each.get("tools", [each])
        for tool in inner:
            tools[tool.get("name", tool["type"])] = each["name"] if inner[0] is not each else None
    given = asked["input"] if isinstance(asked["input"], list) else []
    results = [_text_of(each["output"]) for each in given if each.get("type", "").endswith("_output")]
    step = handler.server.next_step(results, list(tools)) if tools else "a title"
    number = len(results)
    if isinstance(step, Use):
        name, arguments = _as_offered(step, list(tools))
        item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": name,
                "arguments": json.dumps(arguments), "status": "completed"}
        if tools[name]:
            item["namespace"] = tools[name]
    else:
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": step, "annotations": []}]}
    response = {"id": f"resp_{number}", "object": "response", "created_at": 1, "status": "in_progress",
                "model": asked["model"], "output": []}
    done = {**response, "status": "completed", "output": [item], "usage": {
        "input_tokens": 10, "output_tokens": 10, "total_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}}
    if not asked.get("stream"):
        return handler.answer_json(done)
    events = [{"type": "response.created", "response": response},
              {"type": "response.output_item.added", "output_index": 0, "item": item},
              {"type": "response.output_item.done", "output_index": 0, "item": item},
              {"type": "response.completed", "response": done}]
    handler.stream(_event({**each, "sequence_number": i}) for i, each in enumerate(events))
