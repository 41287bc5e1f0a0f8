/** A port as forms need it: what an action declares about one value. */
export interface Choice {
  label: string;
  value: unknown;
  image?: string | null;
  description?: string | null;
}

export interface Widget {
  kind: string;
  followValue?: string | null;
  min?: number | null;
  max?: number | null;
  step?: number | null;
  placeholder?: string | null;
  choicePlaceholder?: string | null;
  asParagraph?: boolean | null;
  query?: string;
  ward?: string;
  dependencies?: readonly string[] | null;
  filters?: readonly Port[] | null;
  dependency?: string | null;
  statePath?: string | null;
  stateCall?: unknown;
  stateAccessors?: readonly { optionKey: string; path?: string | null }[] | null;
  component?: string;
  fallback?: Widget | null;
  targetPort?: string;
  targetAction?: string;
  targetDependency?: string | null;
}

export interface ValidatorRule {
  dependencies?: readonly string[] | null;
  errorMessage?: string | null;
  label?: string | null;
  callJson: unknown;
}

export interface EffectRule {
  kind: string;
  dependencies: readonly string[];
  callJson: unknown;
  message?: string;
  fade?: boolean;
}

/** A condition on a descriptor of the objects that a port takes. */
export interface Condition {
  key: string;
  operator: string;
  value?: unknown;
}

export interface Port {
  key: string;
  label?: string | null;
  kind: string;
  description?: string | null;
  identifier?: string | null;
  nullable: boolean;
  default?: unknown;
  referenceUnit?: string | null;
  proposedUnits?: readonly string[] | null;
  dimension?: string | null;
  choices?: readonly Choice[] | null;
  validators?: readonly ValidatorRule[] | null;
  effects?: readonly EffectRule[] | null;
  requires?: readonly Condition[] | null;
  widget?: Widget | null;
  children?: readonly Port[] | null;
}
