import { Alert, type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  // Lighter shades are too faint behind white text (WCAG 2.2, 1.4.3).
  primaryShade: 8,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  headings: { fontWeight: '650', textWrap: 'balance' },
  components: {
    // A title in the alert's own colour is too faint on its background.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
  },
});

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-teal-light': colors.teal[0],
    '--mantine-color-orange-light': colors.orange[0],
    '--mantine-color-red-light': colors.red[0],
    '--mantine-color-indigo-light': colors.indigo[0],
    '--mantine-color-indigo-light-hover': colors.indigo[0],
    '--mantine-color-indigo-light-color': colors.indigo[9],
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[6],
    '--mantine-color-error': colors.red[9],
  },
  dark: {},
});
