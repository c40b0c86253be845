"""GitHub's GraphQL API for the demo's world: queries are validated against the schema and run by graphql-core."""

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
    """Answers GraphQL requests; the parsed form of recent queries is cached."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._schema = _schema()
        self._parse_cached = lru_cache(maxsize=512)(self._parse)

    def query(self, body: Mapping[str, object]) -> Query | None:
        """Return the query in the body of a request, or `None` if there is none."""
        text = body.get("query")
        return self._parse_cached(text) if isinstance(text, str) else None

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
        context = _Context(self._world, self._clock, budget, cost)
        result = execute_sync(self._schema, query.document, variable_values=dict(variables), context_value=context)
        body: dict[str, object] = {"data": result.data}
        if result.errors:
            body["errors"] = [_field_error(error) for error in result.errors]
        return body

    def _parse(self, text: str) -> Query:
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return Query(None, (error,))
        return Query(document, tuple(validate(self._schema, document)))

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
    budget: BudgetState
    cost: int


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
    return graphql_json.by_name(context.world, name, context.clock.now(), follow=follow)


def _nodes(_root: object, info: GraphQLResolveInfo[_Context], ids: list[str]) -> list[object]:
    if len(ids) > _MAX_IDS:
        raise FieldError("ARGUMENT_LIMIT", f"You may not provide more than {_MAX_IDS} node ids.")
    context: _Context = info.context
    # If a list contains an exception, graphql-core reports it as an error at its index, as GitHub does.
    return [graphql_json.by_node(context.world, node_id, context.clock.now()) for node_id in ids]


def _rate_limit(_root: object, info: GraphQLResolveInfo[_Context], **_arguments: object) -> dict[str, object]:
    context: _Context = info.context
    reset = format_instant(context.budget.reset)
    return {**context.budget.figures(), "cost": context.cost, "nodeCount": 0, "resetAt": reset}


def _viewer(_root: object, _info: GraphQLResolveInfo[_Context]) -> dict[str, object]:
    return {"__typename": "User", "id": "U_demo", "login": "demo"}
