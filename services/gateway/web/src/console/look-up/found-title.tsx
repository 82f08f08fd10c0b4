import { Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/** What was found. The focus moves there: whatever led to it may be gone. */
export const FoundTitle = ({ children }: { children: ReactNode }) => {
  const title = useRef<HTMLHeadingElement>(null);
  const isFirst = useLocation().key === 'default';
  useEffect(() => {
    if (!isFirst) title.current?.focus();
  }, [isFirst]);
  return (
    <Title order={3} size="h4" ref={title} tabIndex={-1} style={{ overflowWrap: 'anywhere', outline: 'none' }}>
      {children}
    </Title>
  );
};
