import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { GrantJob } from '../api.ts';
import { rowsQuery } from './queries.ts';

const rowsPerPage = 1000;
/** Pages that one press looks through. */
const pagesAtMost = 25;

interface NextBadRowProps {
  subject: string;
  grant: GrantJob;
  /** Rows before this one, from 0, are passed over. */
  after: number;
  onFound: (row: number) => void;
}

/** Goes to the next row that gets nothing: from the top again when there is none further down. */
export const NextBadRow = ({ subject, grant, after, onFound }: NextBadRowProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const pages = Math.ceil((grant.file?.rows ?? 0) / rowsPerPage);
  const look = useMutation({
    mutationFn: async () => {
      const first = Math.floor(after / rowsPerPage);
      for (let looked = 0; looked < Math.min(pages, pagesAtMost) + 1; looked += 1) {
        const page = (first + looked) % pages;
        const { items } = await queries.ensureQueryData(rowsQuery(subject, grant, page));
        const found = items.find(({ row, memberId }) => memberId === undefined && (looked > 0 || row > after));
        if (found) return found.row - 1;
      }
      // Not here yet: the next press goes on from there.
      return ((first + pagesAtMost) % pages) * rowsPerPage;
    },
    onSuccess: onFound,
  });
  return (
    <Button size="xs" variant="default" loading={look.isPending} onClick={() => look.mutate()}>
      {t('console.grants.nextBad')}
    </Button>
  );
};
