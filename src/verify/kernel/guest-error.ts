/** What a guest, its kernel or its modules are not as they must be. */
export class GuestError extends Error {}

/** Nothing could be built, or booted, with what there is: no run was made, and nothing is said of the model. */
export class NotMade extends GuestError {}
