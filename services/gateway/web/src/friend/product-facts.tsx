import { Box, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProductPicture } from '../shop/product-picture.tsx';
import classes from './product-facts.module.css';

export interface Fact {
  what: string;
  /** Where it is not known, nothing is said of it. */
  value: ReactNode;
}

/** The product in a picture, and beside it what is known of it and of its campaign. */
export const ProductFacts = ({ facts }: { facts: Fact[] }) => (
  <Group gap="lg" wrap="nowrap" align="center">
    <Box w={96} h={96} style={{ flex: 'none' }}>
      <ProductPicture />
    </Box>
    <dl className={classes.facts}>
      {facts
        .filter(({ value }) => value !== undefined)
        .map(({ what, value }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  </Group>
);
