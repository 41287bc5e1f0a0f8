"""How a user interface lets a person enter an argument or shows a return."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from chassis.definitions import vocabulary
from chassis.definitions.graphql.call import ComponentProp, UtilCall
from chassis.definitions.graphql.documents import register_kinds

if TYPE_CHECKING:
    from chassis.definitions.graphql.port import ArgPort

LazyArgPort = Annotated["ArgPort", strawberry.lazy("chassis.definitions.graphql.port")]


@strawberry.enum(description="The kinds of widgets for an argument.")
class AssignWidgetKind(Enum):
    """Each kind has a type of its own."""

    SEARCH = "SEARCH"
    CHOICE = "CHOICE"
    SLIDER = "SLIDER"
    CUSTOM = "CUSTOM"
    STRING = "STRING"
    STATE_CHOICE = "STATE_CHOICE"
    PROXY = "PROXY"


@strawberry.enum(description="The kinds of widgets for a return.")
class ReturnWidgetKind(Enum):
    """Each kind has a type of its own."""

    CHOICE = "CHOICE"
    CUSTOM = "CUSTOM"


OptionKey = vocabulary.OptionKey
strawberry.enum(OptionKey, name="OptionKey", description="What of an option a path leads to.")


@strawberry.interface(description="A widget for an argument.")
class AssignWidget:
    """What all widgets for arguments share."""

    kind: AssignWidgetKind = strawberry.field(description="Which widget it is.")
    follow_value: str | None = strawberry.field(description="A path whose value it follows.")


@strawberry.type(description="A text field.")
class StringAssignWidget(AssignWidget):
    """Free text."""

    placeholder: str | None = strawberry.field(description="Shown while it is empty.")
    as_paragraph: bool | None = strawberry.field(description="Whether it spans several lines.")


@strawberry.type(description="A choice among the port's choices.")
class ChoiceAssignWidget(AssignWidget):
    """One of the declared choices."""

    placeholder: str | None = strawberry.field(description="Shown while nothing is chosen.")


@strawberry.type(description="A slider between two bounds.")
class SliderAssignWidget(AssignWidget):
    """A number within bounds."""

    min: float | None = strawberry.field(description="The least value.")
    max: float | None = strawberry.field(description="The greatest value.")
    step: float | None = strawberry.field(description="The distance of two positions.")


@strawberry.type(description="A choice among objects that a query of a service finds.")
class SearchAssignWidget(AssignWidget):
    """Options come from another service."""

    query: str = strawberry.field(description="The GraphQL document that lists options.")
    ward: str = strawberry.field(description="The service that answers the document.")
    filters: list[LazyArgPort] | None = strawberry.field(description="Ports that narrow it.")
    dependencies: list[str] | None = strawberry.field(description="Ports it depends on.")
    placeholder: str | None = strawberry.field(description="Shown while nothing is chosen.")


@strawberry.type(description="A component of a catalog.")
class CustomAssignWidget(AssignWidget):
    """Drawn by a component the catalog names."""

    component: str = strawberry.field(description="The name of the component.")
    props: list[ComponentProp] | None = strawberry.field(description="Its properties.")
    dependencies: list[str] | None = strawberry.field(description="Ports it depends on.")
    fallback: AssignWidget | None = strawberry.field(description="Used where it is unknown.")


@strawberry.type(description="How to read one part of an option out of a state.")
class StateAccessor:
    """A path or a call, for one part of the option."""

    option_key: OptionKey = strawberry.field(description="The part of the option.")
    path: str | None = strawberry.field(description="The path to it.")
    call: UtilCall | None = strawberry.field(description="The call that makes it.")


@strawberry.type(description="A choice among entries of an agent's state.")
class StateChoiceAssignWidget(AssignWidget):
    """Options come from a published state."""

    state_path: str | None = strawberry.field(description="Where the options are.")
    state_call: UtilCall | None = strawberry.field(description="The call that lists them.")
    dependency: str | None = strawberry.field(description="The dependency that has the state.")
    state_accessors: list[StateAccessor] | None = strawberry.field(
        description="How to read an option."
    )
    dependencies: list[str] | None = strawberry.field(description="Ports it depends on.")


@strawberry.type(description="The widget of a port of another action.")
class ProxyWidget(AssignWidget):
    """Borrowed from another action."""

    target_port: str = strawberry.field(description="The port.")
    target_action: str = strawberry.field(description="The action that has it.")
    target_dependency: str | None = strawberry.field(description="The dependency that has it.")


@strawberry.interface(description="A widget for a return.")
class ReturnWidget:
    """What all widgets for returns share."""

    kind: ReturnWidgetKind = strawberry.field(description="Which widget it is.")


@strawberry.type(description="Shows the label of the returned choice.")
class ChoiceReturnWidget(ReturnWidget):
    """One of the declared choices."""


@strawberry.type(description="A component of a catalog.")
class CustomReturnWidget(ReturnWidget):
    """Drawn by a component the catalog names."""

    component: str = strawberry.field(description="The name of the component.")
    props: list[ComponentProp] | None = strawberry.field(description="Its properties.")


ASSIGN_WIDGETS: dict[str, type] = {
    "SEARCH": SearchAssignWidget,
    "CHOICE": ChoiceAssignWidget,
    "SLIDER": SliderAssignWidget,
    "CUSTOM": CustomAssignWidget,
    "STRING": StringAssignWidget,
    "STATE_CHOICE": StateChoiceAssignWidget,
    "PROXY": ProxyWidget,
}
RETURN_WIDGETS: dict[str, type] = {"CHOICE": ChoiceReturnWidget, "CUSTOM": CustomReturnWidget}
MEMBERS = (*ASSIGN_WIDGETS.values(), *RETURN_WIDGETS.values())

register_kinds(AssignWidget, ASSIGN_WIDGETS)
register_kinds(ReturnWidget, RETURN_WIDGETS)
