import { Anchor, Badge, Button, Menu, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const yard: MantineColorsTuple = [
  "#e6f7f1", "#c9efe1", "#96f2d7", "#63e6be", "#3cc9a0", "#22a884", "#158a6a", "#0b6b50", "#075e45", "#06281d",
];

export const theme = createTheme({
  colors: { yard },
  primaryColor: "yard",
  primaryShade: { light: 7, dark: 3 },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: "0.75rem", sm: "0.875rem", md: "0.875rem", lg: "1.125rem", xl: "1.375rem" },
  lineHeights: { xs: "1.45", sm: "1.45", md: "1.45", lg: "1.45", xl: "1.3" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  defaultRadius: "4px",
  respectReducedMotion: true,
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.375rem" }, h2: { fontSize: "1.125rem" }, h3: { fontSize: "1rem" } } },
  components: {
    // The filled button's own colours fail contrast in the dark scheme.
    Button: Button.extend({
      vars: (_theme, props) => {
        const filled = props.variant === undefined || props.variant === "filled";
        if (!filled) return { root: {} };
        const kind = props.color === "red" ? "danger" : props.color ? null : "primary";
        return kind === null
          ? { root: {} }
          : {
              root: {
                "--button-bg": `var(--bh-${kind}-bg)`,
                "--button-hover": `var(--bh-${kind}-hover)`,
                "--button-color": `var(--bh-${kind}-fg)`,
              },
            };
      },
    }),
    // The place it puts into the menu to begin at has no role that a menu may hold.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Anchor: Anchor.extend({ defaultProps: { underline: "always" } }),
    Badge: Badge.extend({ defaultProps: { variant: "default", tt: "none", fw: 500, radius: 4 } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-anchor": "#0b6b50",
    "--mantine-color-error": "#b02525",
    "--mantine-color-placeholder": "#6a7178",
    "--mantine-color-body": "#ffffff",
  },
  dark: {
    "--mantine-color-dimmed": "#a6adb4",
    "--mantine-color-anchor": "#63e6be",
    "--mantine-color-error": "#ffa8a8",
    "--mantine-color-placeholder": "#9aa1a8",
    "--mantine-color-body": "#16191c",
    "--mantine-color-text": "#e4e7ea",
  },
});
