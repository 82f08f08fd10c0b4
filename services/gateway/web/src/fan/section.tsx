import { Stack, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A part of the fan page under its own heading. */
export const Section = ({ title, children }: { title: string; children: ReactNode }) => {
  const id = useId();
  return (
    <Stack component="section" aria-labelledby={id} gap="md">
      <Title order={2} size="h3" id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  );
};
