"""As much of GitHub's API as `gh` needs for reading and deleting a repository and for an issue: routes for
web.Server, in the shapes of GitHub's documentation."""

import json

REPOSITORY = {
    "id": 1, "node_id": "R_1", "name": "shop", "full_name": "acme/shop", "private": False,
    "owner": {"login": "acme", "id": 2, "node_id": "O_2", "type": "Organization"},
    "html_url": "https://github.com/acme/shop", "description": "sells things", "default_branch": "main",
    "permissions": {"admin": True, "push": True, "pull": True},
}

_NODE = {"id": "R_1", "name": "shop", "owner": {"id": "O_2", "login": "acme"}, "description": "sells things",
         "hasIssuesEnabled": True, "viewerPermission": "ADMIN", "url": "https://github.com/acme/shop"}


def _repos(handler):
    parts = handler.path.partition("?")[0].strip("/").split("/")
    if parts[1:3] != ["acme", "shop"]:
        return handler.answer_json({"message": "Not Found"}, 404)
    rest = parts[3:]
    if not rest and handler.command == "DELETE":
        return handler.answer(204, b"")
    if not rest:
        return handler.answer_json(REPOSITORY, X_OAuth_Scopes="repo, read:org")
    if rest == ["readme"]:
        return handler.answer_json({"name": "README.md", "path": "README.md", "encoding": "base64",
                                    "content": "IyBTaG9wCg==", "html_url": ""})
    if rest == ["issues"] and handler.command == "POST":
        asked = json.loads(handler.body)
        return handler.answer_json({"number": 7, "title": asked["title"],
                                    "html_url": "https://github.com/acme/shop/issues/7"}, 201)
    handler.answer_json({"message": "Not Found"}, 404)


def _graphql(handler):
    query = json.loads(handler.body)["query"]
    if query.lstrip().startswith("mutation"):
        return handler.answer_json({"data": {"createIssue": {"issue": {
            "id": "I_7", "url": "https://github.com/acme/shop/issues/7"}}}})
    if "viewer" in query:
        return handler.answer_json({"data": {"viewer": {"login": "robot", "id": "U_3"}}})
    handler.answer_json({"data": {"repository": _NODE}})


def _user(handler):
    handler.answer_json({"login": "robot", "id": 3}, X_OAuth_Scopes="repo, read:org")


ROUTES = {"repos": _repos, "graphql": _graphql, "user": _user}
