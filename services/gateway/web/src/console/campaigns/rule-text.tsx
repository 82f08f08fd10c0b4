import { Code, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './fields.module.css';
import { useWhoText } from './use-who-text.ts';
import { whoOf } from './who.ts';

interface RuleTextProps {
  when: string;
  timeZone: string;
  /** Before it, such as its place. */
  children?: ReactNode;
}

/** For whom a rule is, in plain words, or with its condition. */
export const RuleText = ({ when, timeZone, children }: RuleTextProps) => {
  const whoText = useWhoText();
  const who = whoOf(when, timeZone);
  return (
    <Text size="sm" component="div">
      {children}
      {whoText(who, timeZone)} {who.kind === 'own' && <Code className={classes.condition ?? ''}>{when}</Code>}
    </Text>
  );
};
