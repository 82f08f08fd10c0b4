export const alertsEn = {
  title: 'Alerts',
};
