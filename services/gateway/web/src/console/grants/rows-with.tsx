import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { GrantJob } from '../api.ts';
import { type RowsWanted, rowsWithQuery } from './queries.ts';
import { RowTable, rowsAtOnce } from './row-table.tsx';
import { RowsPager } from './rows-pager.tsx';

interface RowsWithProps {
  subject: string;
  grant: GrantJob;
  wanted: RowsWanted;
  labelledBy: string;
}

/** The rows of one result, as far as they were looked for: of a long file, the system looks through a part at a time. */
export const RowsWith = ({ subject, grant, wanted, labelledBy }: RowsWithProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [from, setFrom] = useState(0);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    rowsWithQuery(subject, grant, wanted),
  );
  if (!data) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={240} />;
  const found = data.pages.flatMap(({ items }) => items);
  const next = from + rowsAtOnce;
  const goOn = async (): Promise<void> => {
    if (next >= found.length && hasNextPage) {
      const { data: more } = await fetchNextPage();
      if ((more?.pages.flatMap(({ items }) => items).length ?? 0) <= next) return;
    }
    setFrom(next);
  };
  const text = () => {
    const figures = {
      from: format.number(Math.min(found.length, from + 1)),
      to: format.number(Math.min(found.length, next)),
      all: format.number(found.length),
    };
    if (hasNextPage) return t(`console.grants.${found.length === 0 ? 'rowsNoneYet' : 'rowsSoFar'}`, figures);
    return t(`console.grants.${found.length === 0 ? 'rowsNone' : 'rowsShown'}`, figures);
  };
  return (
    <>
      {found.length > 0 && <RowTable rows={found.slice(from, next)} labelledBy={labelledBy} />}
      {error && <ProblemAlert error={error} onRetry={goOn} />}
      <RowsPager
        text={text()}
        hasBefore={from > 0}
        hasAfter={next < found.length || hasNextPage}
        isLoading={isFetchingNextPage}
        onBefore={() => setFrom(from - rowsAtOnce)}
        onAfter={() => void goOn()}
      />
    </>
  );
};
