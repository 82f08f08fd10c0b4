import { Anchor, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { PartHeading } from '../common/part-heading.tsx';
import { ChangedDraft } from './changed-draft.tsx';
import { PlannedDrop } from './planned-drop.tsx';

/** A drop is planned, from nothing or from an earlier one, or a draft is changed; with a look at who would get what. */
export const NewCampaign = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const changed = search.get('change');
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <Anchor component={Link} to={changed === null ? '/ops/campaigns' : `/ops/campaigns/${changed}`} size="sm">
          ← {t(changed === null ? 'console.campaigns.back' : 'console.campaigns.backToOne')}
        </Anchor>
        <PartHeading>{t(`console.campaigns.form.${changed === null ? 'title' : 'changeTitle'}`)}</PartHeading>
        <Text c="dimmed">{t(`console.campaigns.form.${changed === null ? 'lead' : 'changeLead'}`)}</Text>
      </Stack>
      {changed === null ? <PlannedDrop subject={subject} /> : <ChangedDraft subject={subject} campaignId={changed} />}
    </Stack>
  );
};
