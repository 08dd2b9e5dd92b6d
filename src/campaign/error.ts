/** Wrong use or bad input, found before anything ran: one line for the user, exit 2. */
export class CampaignError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CampaignError';
  }
}
