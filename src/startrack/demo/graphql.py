"""GitHub's GraphQL over the world: validated against the schema, executed by graphql-core."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

from startrack.demo import graphql_json
from startrack.demo.access import BudgetState, Clock
from startrack.demo.graphql_json import FieldError
from startrack.demo.http import Operation, format_instant
from startrack.demo.world import World

__all__ = [
    "GraphQLApi",
    "Query",
]


_MAX_IDS = 100
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_CONNECTIONS = {"issues", "pullRequests", "watchers", "releases", "repositoryTopics"}


@dataclass(frozen=True)
class Query:
    """A query's text, parsed and validated once, with what can be told of it without its variables."""

    document: DocumentNode | None
    refusals: tuple[GraphQLError, ...]

    @cached_property
    def roots(self) -> list[FieldNode]:
        """The fields of the query itself."""
        assert self.document  # noqa: S101 - asked only of queries that were parsed
        found = [each for each in self.document.definitions if isinstance(each, OperationDefinitionNode)]
        return list(self.fields(found[0].selection_set)) if found else []

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The named fragments of the document."""
        assert self.document  # noqa: S101 - asked only of queries that were parsed
        found = (each for each in self.document.definitions if isinstance(each, FragmentDefinitionNode))
        return {each.name.value: each for each in found}

    def fields(self, selections: SelectionSetNode | None) -> Iterator[FieldNode]:
        """Yield the fields of a selection, those of its fragments included."""
        for each in selections.selections if selections else ():
            match each:
                case FieldNode():
                    yield each
                case InlineFragmentNode():
                    yield from self.fields(each.selection_set)
                case FragmentSpreadNode() if each.name.value in self.fragments:
                    yield from self.fields(self.fragments[each.name.value].selection_set)
                case _:
                    pass

    def below(self, field: FieldNode) -> Iterator[FieldNode]:
        """Yield every field under a field."""
        for each in self.fields(field.selection_set):
            yield each
            yield from self.below(each)

    @cached_property
    def asks(self) -> list[tuple[FieldNode, set[str], int]]:
        """Each root field with the names asked for below it and the connections that are paged through."""
        return [(root, *_weight(self.below(root))) for root in self.roots]


class GraphQLApi:
    """Answers GraphQL requests; a text seen before is neither parsed nor validated again."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._schema = _schema()
        self._prepared = lru_cache(maxsize=512)(self._prepare)

    def query(self, body: Mapping[str, object]) -> Query | None:
        """Return the query of a request's body, or `None` where there is none."""
        text = body.get("query")
        return self._prepared(text) if isinstance(text, str) else None

    def operation(self, query: Query, variables: Mapping[str, object]) -> Operation:
        """Return what a query asks for with these variables."""
        if not query.document:
            return Operation()
        repos: list[tuple[str, str]] = []
        totals = details = paged = 0
        for root, names, pages in query.asks:
            found = list(self._asked(root, variables))
            repos += found
            totals += len(found) * ("history" in names)
            details += len(found) * bool(names & _CONNECTIONS)
            paged += len(found) * pages
        return Operation(tuple(repos), totals, details, paged)

    def execute(
        self,
        query: Query,
        variables: Mapping[str, object],
        standing: BudgetState,
        cost: int,
    ) -> dict[str, object]:
        """Return the body of the answer; a query that does not fit the schema has errors and no data."""
        if query.refusals or not query.document:
            return {"errors": [_refusal(error) for error in query.refusals]}
        context = _Context(self._world, self._clock, standing, cost)
        result = execute_sync(self._schema, query.document, variable_values=dict(variables), context_value=context)
        body: dict[str, object] = {"data": result.data}
        if result.errors:
            body["errors"] = [_problem(error) for error in result.errors]
        return body

    def _prepare(self, text: str) -> Query:
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return Query(None, (error,))
        return Query(document, tuple(validate(self._schema, document)))

    def _asked(self, root: FieldNode, variables: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        alias = root.alias.value if root.alias else root.name.value
        given = {each.name.value: _value(each.value, variables) for each in root.arguments or ()}
        if root.name.value == "repository":
            yield alias, f"{given.get('owner')}/{given.get('name')}"
        ids = given.get("ids")
        if root.name.value == "nodes" and isinstance(ids, list):
            for number, node_id in enumerate(ids):
                found = self._world.by_node(str(node_id), self._clock.now())
                yield f"{alias}.{number}", found.name(self._clock.now()) if found else str(node_id)


@dataclass(frozen=True, slots=True)
class _Context:
    world: World
    clock: Clock
    standing: BudgetState
    cost: int


def _weight(fields: Iterator[FieldNode]) -> tuple[set[str], int]:
    found = list(fields)
    paged = sum(any(each.name.value in {"first", "last"} for each in field.arguments or ()) for field in found)
    return {field.name.value for field in found}, paged


def _value(node: ValueNode, variables: Mapping[str, object]) -> object:
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    return node.value if isinstance(node, StringValueNode) else None


# ── Errors, in GitHub's shapes ───────────────────────────────────────────────────────────────────────────


def _refusal(error: GraphQLError) -> dict[str, object]:
    """Return what GitHub says of a query that does not parse, or that does not fit the schema."""
    unknown = _UNKNOWN_FIELD.search(error.message)
    if not unknown:
        return {"message": error.message, "locations": _places(error)}
    field, owner = unknown.groups()
    return {
        "path": ["query", field],
        "extensions": {"code": "undefinedField", "typeName": owner, "fieldName": field},
        "locations": _places(error),
        "message": f"Field '{field}' doesn't exist on type '{owner}'",
    }


def _problem(error: GraphQLError) -> dict[str, object]:
    kind = {"type": error.original_error.kind} if isinstance(error.original_error, FieldError) else {}
    path = {"path": error.path} if error.path else {}
    return {**kind, **path, "locations": _places(error), "message": error.message}


def _places(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or ()]


# ── Resolvers ────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1)
def _schema() -> GraphQLSchema:
    schema = build_schema((files("startrack.demo") / "schema.graphql").read_text(encoding="utf-8"))
    assert schema.query_type  # noqa: S101 - it stands in the file
    fields = schema.query_type.fields
    fields["repository"].resolve = _repository
    fields["nodes"].resolve = _nodes
    fields["rateLimit"].resolve = _rate_limit
    fields["viewer"].resolve = _viewer
    return schema


def _repository(_root: object, info: GraphQLResolveInfo[_Context], **asked: object) -> dict[str, object]:
    context: _Context = info.context
    name = f"{asked['owner']}/{asked['name']}"
    follow = asked.get("followRenames") is not False
    return graphql_json.repository(context.world, name, context.clock.now(), follow=follow)


def _nodes(_root: object, info: GraphQLResolveInfo[_Context], ids: list[str]) -> list[object]:
    if len(ids) > _MAX_IDS:
        raise FieldError("ARGUMENT_LIMIT", f"You may not provide more than {_MAX_IDS} node ids.")
    context: _Context = info.context
    # graphql-core reports an error that stands in a list at its place, as GitHub does.
    return [graphql_json.by_node(context.world, each, context.clock.now()) for each in ids]


def _rate_limit(_root: object, info: GraphQLResolveInfo[_Context], **_asked: object) -> dict[str, object]:
    context: _Context = info.context
    reset = format_instant(context.standing.reset)
    return {**context.standing.figures(), "cost": context.cost, "nodeCount": 0, "resetAt": reset}


def _viewer(_root: object, _info: GraphQLResolveInfo[_Context]) -> dict[str, object]:
    return {"__typename": "User", "id": "U_demo", "login": "demo"}
