import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Rules } from './idle-rule.ts';
import classes from './preview.module.css';
import type { Preview } from './preview-query.ts';
import { RuleText } from './rule-text.tsx';

interface PreviewByRuleProps {
  preview: Preview;
  rules: Rules;
}

/** Whether a condition looks at where a member lives, which the system knows only once they sign in. */
export const isRegional = (condition: string): boolean => /\bregion\b/.test(condition);

/** Each rule with how many get how many by it, and some of them by name. */
export const PreviewByRule = ({ preview, rules }: PreviewByRuleProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ol className={classes.rules} aria-label={t('console.campaigns.preview.byRule')}>
      {preview.rules.map(({ rule, members, codes, places, examples }, position) => (
        // Rules have no name but their place.
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole.
        <li key={position} data-testid={`preview-rule-${position}`}>
          <Stack gap={2}>
            <RuleText when={rules[position]?.when ?? ''}>{position + 1}. </RuleText>
            {codes === 0 && isRegional(rule) ? (
              <Text size="sm">{t('console.campaigns.preview.regional')}</Text>
            ) : (
              <Text size="sm" fw={600}>
                {t('console.campaigns.preview.members', { count: members, members: format.number(members) })}
                {' · '}
                {t('console.campaigns.preview.codes', { count: codes, codes: format.number(codes) })}
                {places !== undefined && t('console.campaigns.preview.ofPlaces', { places: format.number(places) })}
              </Text>
            )}
            {examples.length > 0 && (
              <Text size="xs" c="dimmed">
                {t('console.campaigns.preview.examples', {
                  list: format.list(
                    examples.slice(0, 3).map(({ memberId, tier, allotted, codes: byRule }) =>
                      t(`console.campaigns.preview.${byRule < allotted ? 'examplePart' : 'example'}`, {
                        member: memberId,
                        tier: t(`tier.${tier}`),
                        codes: format.number(byRule),
                        allotted: format.number(allotted),
                      }),
                    ),
                  ),
                })}
              </Text>
            )}
          </Stack>
        </li>
      ))}
    </ol>
  );
};
