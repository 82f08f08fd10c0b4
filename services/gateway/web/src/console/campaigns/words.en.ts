export const campaignsEn = {
  title: 'Campaigns',
};
