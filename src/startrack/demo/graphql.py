"""GitHub's GraphQL API for the demo's world: queries are checked against the schema and run by graphql-core.

The fields of a repository that cost work are functions, called only if a query asks for them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from importlib.resources import files

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import OperationDefinitionNode

from startrack.demo.access import Account, BudgetState, Clock
from startrack.demo.figures import Figures
from startrack.demo.http import Operation, format_instant
from startrack.demo.world import DemoRepository, Release, World
from startrack.model.repository import name_key

__all__ = [
    "FieldError",
    "GraphQLApi",
    "JsonObject",
    "Query",
    "by_name",
    "by_node",
]


JsonObject = dict[str, object]

_COLORS = {"Python": "#3572A5"}


class FieldError(Exception):
    """An error of one field, with GitHub's error type in `kind`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def by_name(world: World, name: str, now: datetime, *, follow: bool = True) -> JsonObject:
    """Return the repository with OWNER/NAME; a redirect is followed if `follow` is true.

    Raises FieldError if there is no such repository or it is blocked.
    """
    repository = world.find(name, now)
    is_renamed = repository is not None and name_key(repository.name(now)) != name_key(name)
    if repository is None or repository.active_block(now) or (is_renamed and not follow):
        raise FieldError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return _repository_object(world, repository, now)


def by_node(world: World, node_id: str, now: datetime) -> JsonObject | FieldError:
    """Return the repository with a node id, or an error if there is none or it is blocked."""
    repository = world.by_node(node_id, now)
    if repository is None or repository.active_block(now):
        return FieldError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
    return _repository_object(world, repository, now)


def _repository_object(world: World, repository: DemoRepository, now: datetime) -> JsonObject:
    parent = world.parent(repository, now)
    return {
        "__typename": "Repository",
        **_metadata(repository, now),
        **_counts(repository, now),
        "parent": lambda _info: _repository_object(world, parent, now) if parent else None,
    }


def _metadata(repository: DemoRepository, now: datetime) -> JsonObject:
    name = repository.name(now)
    archived = repository.archive_time(now)
    return {
        "id": repository.node_id,
        "databaseId": repository.repo_id,
        "name": name.partition("/")[2],
        "nameWithOwner": name,
        "url": f"https://github.com/{name}",
        "visibility": "PUBLIC",
        "description": repository.description,
        "homepageUrl": repository.homepage,
        "createdAt": format_instant(repository.created_at),
        "archivedAt": format_instant(archived),
        "isArchived": archived is not None,
        "isDisabled": repository.is_disabled,
        "isEmpty": repository.default_branch is None,
        "isFork": repository.is_fork,
        "isLocked": repository.is_locked,
        "isMirror": repository.is_mirror,
        "isPrivate": False,
        "isTemplate": repository.is_template,
        "licenseInfo": _license(repository.license),
        "primaryLanguage": _language(repository.language),
    }


def _counts(repository: DemoRepository, now: datetime) -> JsonObject:
    figures = repository.figures.at(now)
    pushed = format_instant(figures.pushed_at) if repository.default_branch else None
    return {
        "pushedAt": pushed,
        "updatedAt": pushed or format_instant(repository.created_at),
        "stargazerCount": figures.stars,
        "forkCount": figures.forks,
        "defaultBranchRef": _branch(repository, figures, now),
        "watchers": lambda _info, **_arguments: {"totalCount": _recorded(figures.watchers)},
        "issues": _by_state({"OPEN": figures.open_issues, "CLOSED": figures.closed_issues}),
        "pullRequests": _by_state({"OPEN": figures.open_prs, "CLOSED": figures.closed_prs}),
        "releases": lambda _info, **_arguments: _releases(repository, now),
        "latestRelease": lambda _info: _latest(repository, now),
        "repositoryTopics": lambda _info, **arguments: _topics(repository, arguments),
    }


def _by_state(counts: Mapping[str, int | None]) -> Callable[..., JsonObject]:
    def count(_info: object, *, states: Collection[str] | None = None, **_arguments: object) -> JsonObject:
        return {"totalCount": sum(_recorded(counts.get(state, 0)) for state in states or counts)}

    return count


def _recorded(count: int | None) -> int:
    if count is None:
        raise FieldError("FORBIDDEN", "The record of this repository does not have this figure.")
    return count


def _branch(repository: DemoRepository, figures: Figures, now: datetime) -> JsonObject | None:
    if repository.default_branch is None:
        return None
    oid = repository.head_sha(figures)
    commit = {
        "__typename": "Commit",
        "id": f"C_{oid[:16]}",
        "oid": oid,
        "committedDate": format_instant(figures.pushed_at),
        "history": lambda _info, **arguments: {"totalCount": _commits(repository, now, arguments)},
    }
    return {"id": f"REF_{repository.repo_id}", "name": repository.default_branch, "target": commit}


def _commits(repository: DemoRepository, now: datetime, arguments: Mapping[str, object]) -> int:
    """Return the number of commits between `since` and `until`, to the precision of the figures."""
    until = min(_parse_instant(arguments.get("until")) or now, now)
    since = _parse_instant(arguments.get("since"))
    total = repository.figures.at(until).commits
    return max(total - repository.figures.at(since).commits, 0) if since else total


def _parse_instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    instant = datetime.fromisoformat(value)
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _releases(repository: DemoRepository, now: datetime) -> JsonObject:
    releases = repository.releases_by(now)
    return {"totalCount": len(releases), "nodes": [_release(release) for release in reversed(releases)]}


def _latest(repository: DemoRepository, now: datetime) -> JsonObject | None:
    """Return the newest release that is not a pre-release, as GitHub does."""
    releases = [release for release in repository.releases_by(now) if not release.is_prerelease]
    return _release(releases[-1]) if releases else None


def _release(release: Release) -> JsonObject:
    return {
        "id": f"RE_{release.tag}",
        "name": release.tag,
        "tagName": release.tag,
        "publishedAt": format_instant(release.published_at),
        "isPrerelease": release.is_prerelease,
    }


def _topics(repository: DemoRepository, arguments: Mapping[str, object]) -> JsonObject:
    first = arguments.get("first")
    topics = repository.topics[: first if isinstance(first, int) else None]
    nodes = [{"id": f"RT_{topic}", "topic": {"id": f"T_{topic}", "name": topic}} for topic in topics]
    return {"totalCount": len(repository.topics), "nodes": nodes}


def _license(spdx: str | None) -> JsonObject | None:
    return {"id": f"L_{spdx}", "key": spdx.lower(), "name": spdx, "spdxId": spdx} if spdx else None


def _language(name: str | None) -> JsonObject | None:
    return {"id": f"LA_{name}", "name": name, "color": _COLORS.get(name)} if name else None


_MAX_IDS = 100
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_CONNECTIONS = {"issues", "pullRequests", "watchers", "releases", "repositoryTopics"}


@dataclass(frozen=True)
class Query:
    """A parsed and validated query, with everything that does not depend on its variables.

    `errors` are syntax errors, with which `document` is `None`, or violations of the schema.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    @cached_property
    def root_fields(self) -> list[FieldNode]:
        """The top-level fields of the query."""
        assert self.document  # noqa: S101 - callers check it
        operations = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        return list(self.fields(operations[0].selection_set)) if operations else []

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The named fragments of the document."""
        assert self.document  # noqa: S101 - callers check it
        fragments = (node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode))
        return {fragment.name.value: fragment for fragment in fragments}

    def fields(self, selection_set: SelectionSetNode | None) -> Iterator[FieldNode]:
        """Yield the fields of a selection set, including those of its fragments."""
        for selection in selection_set.selections if selection_set else ():
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    yield from self.fields(selection.selection_set)
                case FragmentSpreadNode() if selection.name.value in self.fragments:
                    yield from self.fields(self.fragments[selection.name.value].selection_set)
                case _:
                    pass

    def descendants(self, parent: FieldNode) -> Iterator[FieldNode]:
        """Yield every field below a field."""
        for child in self.fields(parent.selection_set):
            yield child
            yield from self.descendants(child)

    @cached_property
    def root_summaries(self) -> list[tuple[FieldNode, set[str], int]]:
        """Each root field, with the names of the fields below it and the number of connections with rows."""
        return [(root, *_summarize(self.descendants(root))) for root in self.root_fields]


class GraphQLApi:
    """Answers GraphQL requests."""

    def __init__(self, world: World, clock: Clock, account: Account) -> None:
        self._world = world
        self._clock = clock
        self._account = account

    @staticmethod
    def query(body: Mapping[str, object]) -> Query | None:
        """Return the query in the body of a request, or `None` if there is none."""
        text = body.get("query")
        return _parse(text) if isinstance(text, str) else None

    def operation(self, query: Query, variables: Mapping[str, object]) -> Operation:
        """Return what a query asks for with these variables."""
        if not query.document:
            return Operation()
        repos: list[tuple[str, str]] = []
        totals = details = paged = 0
        for root, names, connections in query.root_summaries:
            root_repos = list(self._requested_repositories(root, variables))
            repos += root_repos
            totals += len(root_repos) * ("history" in names)
            details += len(root_repos) * bool(names & _CONNECTIONS)
            paged += len(root_repos) * connections
        return Operation(tuple(repos), totals, details, paged)

    def execute(
        self,
        query: Query,
        variables: Mapping[str, object],
        budget: BudgetState,
        cost: int,
    ) -> dict[str, object]:
        """Return the body of the response; for an invalid query it has errors and no data."""
        if query.errors or not query.document:
            return {"errors": [_query_error(error) for error in query.errors]}
        context = _Context(self._world, self._clock, self._account, budget, cost)
        result = execute_sync(_schema(), query.document, variable_values=dict(variables), context_value=context)
        body: dict[str, object] = {"data": result.data}
        if result.errors:
            body["errors"] = [_field_error(error) for error in result.errors]
        return body

    def _requested_repositories(self, root: FieldNode, variables: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Yield the alias and OWNER/NAME of each repository that a root field asks for."""
        alias = root.alias.value if root.alias else root.name.value
        arguments = {node.name.value: _value(node.value, variables) for node in root.arguments or ()}
        if root.name.value == "repository":
            yield alias, f"{arguments.get('owner')}/{arguments.get('name')}"
        ids = arguments.get("ids")
        if root.name.value == "nodes" and isinstance(ids, list):
            now = self._clock.now()
            for index, node_id in enumerate(ids):
                repository = self._world.by_node(str(node_id), now)
                yield f"{alias}.{index}", repository.name(now) if repository else str(node_id)


@dataclass(frozen=True, slots=True)
class _Context:
    world: World
    clock: Clock
    account: Account
    budget: BudgetState
    cost: int


@lru_cache(maxsize=512)
def _parse(text: str) -> Query:
    """Return a query; all worlds have the same schema, so each text is checked once."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return Query(None, (error,))
    return Query(document, tuple(validate(_schema(), document)))


def _summarize(fields: Iterator[FieldNode]) -> tuple[set[str], int]:
    """Return the names of the fields, and the number of them that ask for rows."""
    nodes = list(fields)
    paged = sum(any(argument.name.value in {"first", "last"} for argument in node.arguments or ()) for node in nodes)
    return {node.name.value for node in nodes}, paged


def _value(node: ValueNode, variables: Mapping[str, object]) -> object:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    return node.value if isinstance(node, StringValueNode) else None


def _query_error(error: GraphQLError) -> dict[str, object]:
    """Return a syntax error or a violation of the schema in GitHub's form."""
    unknown_field = _UNKNOWN_FIELD.search(error.message)
    if not unknown_field:
        return {"message": error.message, "locations": _locations(error)}
    field, owner = unknown_field.groups()
    return {
        "path": ["query", field],
        "extensions": {"code": "undefinedField", "typeName": owner, "fieldName": field},
        "locations": _locations(error),
        "message": f"Field '{field}' doesn't exist on type '{owner}'",
    }


def _field_error(error: GraphQLError) -> dict[str, object]:
    """Return an error of one field in GitHub's form."""
    kind = {"type": error.original_error.kind} if isinstance(error.original_error, FieldError) else {}
    path = {"path": error.path} if error.path else {}
    return {**kind, **path, "locations": _locations(error), "message": error.message}


def _locations(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": location.line, "column": location.column} for location in error.locations or ()]


@lru_cache(maxsize=1)
def _schema() -> GraphQLSchema:
    schema = build_schema((files("startrack.demo") / "schema.graphql").read_text(encoding="utf-8"))
    assert schema.query_type  # noqa: S101 - the file defines it
    fields = schema.query_type.fields
    fields["repository"].resolve = _repository
    fields["nodes"].resolve = _nodes
    fields["rateLimit"].resolve = _rate_limit
    fields["viewer"].resolve = _viewer
    return schema


def _repository(_root: object, info: GraphQLResolveInfo[_Context], **arguments: object) -> dict[str, object]:
    context: _Context = info.context
    name = f"{arguments['owner']}/{arguments['name']}"
    follow = arguments.get("followRenames") is not False
    return by_name(context.world, name, context.clock.now(), follow=follow)


def _nodes(_root: object, info: GraphQLResolveInfo[_Context], ids: list[str]) -> list[object]:
    if len(ids) > _MAX_IDS:
        raise FieldError("ARGUMENT_LIMIT", f"You may not provide more than {_MAX_IDS} node ids.")
    context: _Context = info.context
    # If a list contains an exception, graphql-core reports it as an error at its index, as GitHub does.
    return [by_node(context.world, node_id, context.clock.now()) for node_id in ids]


def _rate_limit(_root: object, info: GraphQLResolveInfo[_Context], **_arguments: object) -> dict[str, object]:
    context: _Context = info.context
    reset = format_instant(context.budget.reset)
    return {**context.budget.figures(), "cost": context.cost, "nodeCount": 0, "resetAt": reset}


def _viewer(_root: object, info: GraphQLResolveInfo[_Context]) -> dict[str, object]:
    return {"__typename": "User", "id": "U_demo", "login": info.context.account.login}
