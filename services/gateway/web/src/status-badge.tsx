import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';

// Each is dark enough for white text (WCAG 2.2, 1.4.3); Mantine's oranges are not.
const colors = { ready: 'indigo.8', waiting: '#a8410b', good: 'teal.9', over: 'gray.7' } as const;
export type Tone = keyof typeof colors;

/** In which state something is, in a word; the colour says nothing that the word does not. */
export const StatusBadge = ({ tone, children }: { tone: Tone; children: ReactNode }) => (
  <Badge color={colors[tone]} variant="filled" tt="none" radius="sm" style={{ flex: 'none' }}>
    {children}
  </Badge>
);
