import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { GrantJob } from '../api.ts';
import { rowsQuery } from './queries.ts';
import { RowTable, rowsAtOnce } from './row-table.tsx';
import { RowsPager } from './rows-pager.tsx';

/** As the system has them. */
const rowsPerPage = 1000;

interface AllRowsProps {
  subject: string;
  grant: GrantJob;
  labelledBy: string;
}

/** What becomes of each row of a file, in its order, page by page. */
export const AllRows = ({ subject, grant, labelledBy }: AllRowsProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const [from, setFrom] = useState(0);
  const all = grant.file?.rows ?? 0;
  const { data, error, refetch } = useQuery(rowsQuery(subject, grant, Math.floor(from / rowsPerPage)));
  const within = from % rowsPerPage;

  const shown = () => {
    if (data) return <RowTable rows={data.items.slice(within, within + rowsAtOnce)} labelledBy={labelledBy} />;
    return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={240} />;
  };
  return (
    <>
      {shown()}
      <RowsPager
        text={t('console.grants.rowsShown', {
          from: format.number(Math.min(all, from + 1)),
          to: format.number(Math.min(all, from + rowsAtOnce)),
          all: format.number(all),
        })}
        hasBefore={from > 0}
        hasAfter={from + rowsAtOnce < all}
        onBefore={() => setFrom(from - rowsAtOnce)}
        onAfter={() => setFrom(from + rowsAtOnce)}
      />
    </>
  );
};
