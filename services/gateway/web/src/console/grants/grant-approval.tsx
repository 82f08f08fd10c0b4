import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { type GrantJob, opsApi } from '../api.ts';
import { ConfirmDialog } from '../common/confirm-dialog.tsx';
import { useOps } from '../use-ops.ts';
import { AddressToSend } from './address-to-send.tsx';
import { useGrantText, waitsFor } from './use-grant-text.ts';

interface GrantApprovalProps {
  subject: string;
  grant: GrantJob;
  onChanged: () => void;
}

/** Who must still agree; for them, the deed and what follows from it; for who asked, how to tell them. */
export const GrantApproval = ({ subject, grant, onChanged }: GrantApprovalProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { what, codesOf, unknownOf } = useGrantText();
  const [asks, setAsks] = useState<'approve' | 'cancel'>();
  const close = () => setAsks(undefined);
  const { campaignId, grantId, approvals, needed, by, codes, quota, to } = grant;
  const isForYou = waitsFor(subject, grant);
  const hasApproved = approvals.some((one) => one.by === subject);
  const missing = Math.max(0, needed - approvals.length);
  const isLast = missing <= 1;
  const unknown = grant.file && unknownOf(grant.file);
  const isShort = quota !== undefined && codes > quota.left;

  const state = () => {
    if (isShort) {
      return t('console.grants.quotaShortText', { codes: codesOf(codes), left: format.number(quota.left) });
    }
    if (isForYou) return t('console.grants.youCan', { name: nameOf(by) });
    if (by === subject) return t('console.grants.othersMust', { count: missing });
    return t('console.grants.youHave', { count: missing });
  };
  const makes = () => {
    if (!isLast) return t('console.grants.notYet', { count: missing - 1 });
    if (to === 'named')
      return t('console.grants.makesNamed', { name: grant.named?.name ?? '', uses: format.number(codes) });
    return t('console.grants.makesNow', { count: codes, codes: codesOf(codes) });
  };
  const title = () => {
    if (isShort) return t('console.grants.quotaShort');
    return isForYou ? t('console.grants.approveTitle') : t('console.grants.waitingTitle');
  };
  return (
    <Alert color={isForYou || isShort ? 'orange' : 'indigo'} variant="light" title={title()} data-testid="approval">
      <Stack gap="md">
        <Text size="sm">{state()}</Text>
        {!isForYou && !isShort && (hasApproved || by === subject) && (
          <AddressToSend label={t('console.grants.send')} about={t('console.grants.sendHint')} />
        )}
        <Group>
          {isForYou && !isShort && <Button onClick={() => setAsks('approve')}>{t('console.grants.approve')}</Button>}
          <Button variant="default" onClick={() => setAsks('cancel')}>
            {t('console.grants.cancel')}
          </Button>
        </Group>
      </Stack>
      <ConfirmDialog
        isOpen={asks === 'approve'}
        onClose={close}
        title={t('console.grants.approveAsk', { what: what(grant) })}
        consequences={[
          makes(),
          ...(unknown === undefined ? [] : [unknown]),
          ...(isLast ? [t('console.grants.noWayBack')] : []),
          t('console.grants.named'),
        ]}
        label={t('console.grants.approve')}
        onConfirm={() => opsApi(subject).grants.approve(campaignId, grantId)}
        onDone={onChanged}
      />
      <ConfirmDialog
        isOpen={asks === 'cancel'}
        onClose={close}
        title={t('console.grants.cancelAsk')}
        consequences={[t('console.grants.cancelMeans'), t('console.grants.cancelAgain')]}
        label={t('console.grants.cancel')}
        dismiss={t('console.grants.keep')}
        isForGood
        hasReason
        onConfirm={(reason) => opsApi(subject).grants.cancel(campaignId, grantId, reason)}
        onDone={onChanged}
      />
    </Alert>
  );
};
