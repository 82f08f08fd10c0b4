import type { ReactNode } from 'react';
import classes from './facts.module.css';

export interface Fact {
  what: string;
  /** Where there is none, nothing is said of it. */
  value: ReactNode;
}

/** What is known of something, a line each. */
export const Facts = ({ facts }: { facts: Fact[] }) => (
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
);
