import { Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation, useNavigationType } from 'react-router';

/** The heading of what the console shows. After a change of page the focus moves there, as it would after a real navigation. */
export const PartHeading = ({ children }: { children: ReactNode }) => {
  const heading = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();
  // The first page, and what it sends on to, begin at their top.
  const isMoved = useRef(useNavigationType() !== 'REPLACE' && key !== 'default');
  useEffect(() => {
    if (isMoved.current) heading.current?.focus();
  }, []);
  return (
    <Title order={2} ref={heading} tabIndex={-1} size="h2">
      {children}
    </Title>
  );
};
