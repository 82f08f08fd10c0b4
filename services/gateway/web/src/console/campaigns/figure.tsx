import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface FigureProps {
  name: string;
  value: string;
  testId: string;
  children?: ReactNode;
}

/** A number that people watch. */
export const Figure = ({ name, value, testId, children }: FigureProps) => (
  <Stack gap={0}>
    <Text size="sm" c="dimmed">
      {name}
    </Text>
    <Text component="div" lh={1.3}>
      <Text span fw={650} fz={24} data-testid={`figure-${testId}`}>
        {value}
      </Text>{' '}
      {children && (
        <Text span size="sm" c="dimmed">
          {children}
        </Text>
      )}
    </Text>
  </Stack>
);
