"""The models of the definition language under the names the servers use for them."""

from __future__ import annotations

from arkitekt_spec import actions

# Enumerations.
ActionKind = actions.ActionKind
AssetKind = actions.AssetKind
ComponentContext = actions.ComponentContext
DescriptorOperator = actions.DescriptorOperator
EffectKind = actions.EffectKind
Effects = actions.Effects
Execution = actions.Execution
OptionKey = actions.OptionKey
PortKind = actions.PortKind
WindowFunction = actions.WindowFunction

# What an agent declares about itself.
AssetDeclaration = actions.AssetInput
BlokDeclaration = actions.BlokImplementationInput
AgentDeclaration = actions.ImplementAgentInput
ImplementationDeclaration = actions.ImplementationInput
LockDeclaration = actions.LockImplementationInput
StateDeclaration = actions.StateImplementationInput

# The parts of a declaration, and what others demand of one.
ActionDemand = actions.ActionDemandInput
AgentDependency = actions.AgentDependencyInput
ArgPort = actions.ArgPortInput
Definition = actions.DefinitionInput
PortMatch = actions.PortMatchInput
ReturnPort = actions.ReturnPortInput
StateDefinition = actions.StateDefinitionInput
StateDemand = actions.StateDemandInput
