import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Wanted } from './wanted.ts';

/** Leads to what is known of a code, an order or a member. What is looked for does not stand in the address. */
export const LookLink = ({ wanted, children }: { wanted: Wanted; children: ReactNode }) => (
  // Though the address stays the same: one can go back.
  <Anchor component={Link} to="/ops/look-up" state={wanted} replace={false} size="sm">
    {children}
  </Anchor>
);
