/** Whether set-up may download from the makers' own sites. `CONTINUAL_UPSTREAM=off` leaves only package registries. */
export const upstreamAllowed = () => process.env.CONTINUAL_UPSTREAM !== 'off';
