import { Code, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useWhoText } from '../who/use-who-text.ts';
import { whoOf } from '../who/who.ts';
import classes from './fields.module.css';

interface RuleTextProps {
  when: string;
  /** Before it, such as its place. */
  children?: ReactNode;
}

/** For whom a rule is, in plain words, or with its condition. */
export const RuleText = ({ when, children }: RuleTextProps) => {
  const whoText = useWhoText();
  const who = whoOf(when);
  return (
    <Text size="sm" component="div">
      {children}
      {whoText(who)} {who.kind === 'own' && <Code className={classes.condition ?? ''}>{when}</Code>}
    </Text>
  );
};
