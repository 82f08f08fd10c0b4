import type { Embedded } from './embedded.ts';

/** What a person reads after `npm start`: where it is, tokens, and commands to try, ready to paste. */
export const welcome = async ({ url, folder, token }: Embedded): Promise<string> => {
  const ops = await token({ subject: 'ops_demo', roles: ['ops'] });
  const shop = await token({ subject: 'shop_demo', roles: ['checkout'] });
  const mia = await token({ subject: 'm_mia', roles: ['member'] });
  const listed = await fetch(`${url}/v1/campaigns?limit=100`, { headers: { authorization: `Bearer ${ops}` } });
  const { items } = (await listed.json()) as {
    items: { campaignId: string; name: string; phase: string; skus: string[] }[];
  };
  const campaign = items.find(({ phase }) => phase === 'open');
  const json = "-H 'content-type: application/json'";
  const lines = [
    '',
    `F-code answers at ${url}`,
    `  Pages          ${url}/   (in a browser: be a fan, a friend, a shopper)`,
    `  Console        ${url}/ops   (run a drop; what one operator asks to grant, a second one must approve)`,
    `  API document   ${url}/openapi.json`,
    `  Data           ${folder}   (ctrl-c stops; nothing is lost)`,
    '',
    'Tokens of this machine, for twelve hours:',
    `  export OPS=${ops}`,
    `  export SHOP=${shop}`,
    `  export MIA=${mia}`,
    '',
  ];
  if (!campaign) {
    const day = 86_400_000;
    const definition = JSON.stringify({
      name: 'First drop',
      skus: ['PHONE-1'],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 30 * day).toISOString(),
      quota: 1000,
      allotment: { angel: 5, core: 3, loyal: 2, fan: 1 },
      buyerLimit: 2,
      holdSeconds: 900,
    });
    lines.push(
      'No campaign is open. Draft one, and publish it:',
      `  export URL=${url}`,
      `  CAMPAIGN=$(curl -s $URL/v1/campaigns -H "authorization: Bearer $OPS" ${json} -H "idempotency-key: $(date +%s)" -d '${definition}' | sed 's/.*"campaignId":"\\([^"]*\\)".*/\\1/'); echo $CAMPAIGN`,
      `  curl -s $URL/v1/campaigns/$CAMPAIGN/publish -H "authorization: Bearer $OPS" ${json} -d '{}'; echo`,
      '',
    );
    return lines.join('\n');
  }
  const sku = campaign.skus[0];
  lines.push(
    `Try it on the campaign "${campaign.name}" (${campaign.phase}):`,
    `  export URL=${url} CAMPAIGN=${campaign.campaignId}`,
    '  # what Mia may claim, and why',
    '  curl -s $URL/v1/campaigns/$CAMPAIGN/allotment -H "authorization: Bearer $MIA"; echo',
    '  # Mia claims a code',
    `  CODE=$(curl -s $URL/v1/campaigns/$CAMPAIGN/claims -H "authorization: Bearer $MIA" ${json} -H "idempotency-key: $(date +%s)" -d '{}' | sed 's/{"code":"\\([^"]*\\)".*/\\1/'); echo $CODE`,
    '  # a friend redeems it at the shop',
    `  curl -s $URL/v1/checkout/redeem -H "authorization: Bearer $SHOP" ${json} -d "{\\"code\\":\\"$CODE\\",\\"orderId\\":\\"1001\\",\\"sku\\":\\"${sku}\\",\\"buyer\\":{\\"email\\":\\"friend@example.com\\"}}"; echo`,
    '  # ops see what became of it',
    `  curl -s $URL/v1/codes/history -H "authorization: Bearer $OPS" ${json} -d "{\\"code\\":\\"$CODE\\"}"; echo`,
    '',
  );
  return lines.join('\n');
};
