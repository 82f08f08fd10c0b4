import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** An empty list: that it is empty, and what fills it. */
export const NothingYet = ({ title, children }: { title: string; children: ReactNode }) => (
  <Paper p="lg" radius="md" ta="center" bd="1px dashed var(--mantine-color-gray-5)" bg="transparent">
    <Text fw={600}>{title}</Text>
    <Text size="sm" c="dimmed" mt={4} maw={460} mx="auto" style={{ textWrap: 'balance' }}>
      {children}
    </Text>
  </Paper>
);
