import { Alert, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'react-router';
import { codeInFragment } from '../code-text.ts';
import { PageHeading } from '../page-heading.tsx';
import { ProblemAlert } from '../problem-alert.tsx';
import { inviteQuery } from '../queries.ts';
import { isUnknownLink } from '../unknown-link.ts';
import { CodeToUse } from './code-to-use.tsx';
import { Invitation } from './invitation.tsx';

/** Where a shared link leads. The code stays behind the `#`, and goes on to the shop in the same way. */
const FriendPage = () => {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const inviteId = search.get('invite') ?? undefined;
  const code = codeInFragment(useLocation().hash);
  const {
    data: invite,
    error,
    refetch,
    isLoading,
  } = useQuery({ ...inviteQuery(inviteId ?? ''), enabled: inviteId !== undefined });

  if (isLoading) return <Skeleton height={420} maw={640} mx="auto" />;
  const isUnknown = isUnknownLink(error);
  return (
    <Stack gap="lg" maw={640} mx="auto">
      {invite ? (
        <Invitation invite={invite} code={code} />
      ) : (
        <>
          <PageHeading page="friend">{isUnknown ? t('friend.notFound') : t('friend.missing')}</PageHeading>
          {error && !isUnknown ? (
            <ProblemAlert error={error} onRetry={refetch} />
          ) : (
            <Alert variant="light" data-testid="no-invite">
              {isUnknown ? t('friend.notFoundText') : t('friend.missingText')}
            </Alert>
          )}
          <CodeToUse code={code} inviteId={undefined} />
        </>
      )}
    </Stack>
  );
};

export default FriendPage;
