"""Two models' APIs as their clients see them: routes for web.Server that answer whole or as server-sent
events, the last of which waits for the test."""

import json

_WORDS = ["Hello", " from", " far", " away"]


def _event(value, name=None):
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(value)}\n\n".encode()


def _held(handler, pieces):
    """All but the last two at once: the client shows them before the test lets the rest go."""
    yield from pieces[:-2]
    handler.server.release.wait(20)
    yield from pieces[-2:]


def _openai(handler, asked):
    base = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": "".join(_WORDS)}
        return handler.answer_json({**base, "object": "chat.completion", "choices": [
            {"index": 0, "message": message, "finish_reason": "stop"}]})
    pieces = [_event({**base, "object": "chat.completion.chunk", "choices": [
        {"index": 0, "delta": {"content": word}, "finish_reason": None}]}) for word in _WORDS]
    handler.stream(_held(handler, [*pieces, b"data: [DONE]\n\n"]))


def _anthropic(handler, asked):
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"], "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 4}}
    if not asked.get("stream"):
        return handler.answer_json({**message, "content": [{"type": "text", "text": "".join(_WORDS)}],
                                    "stop_reason": "end_turn"})
    events = [
        ("message_start", {"message": message}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        *(("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": word}})
          for word in _WORDS),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None},
                           "usage": {"output_tokens": 4}}),
        ("message_stop", {}),
    ]
    handler.stream(_held(handler, [_event({"type": name, **rest}, name) for name, rest in events]))


def _v1(handler):
    if handler.words[1:] == ["models"]:
        return handler.answer_json({"object": "list", "data": [{"id": "m", "object": "model"}]})
    asked = json.loads(handler.body)
    (_openai if handler.words[1] == "chat" else _anthropic)(handler, asked)


ROUTES = {"v1": _v1}
