import type { AppSettings, DatabaseSettings } from "./settings.ts";
import type { Setting } from "./source.ts";

/** Labels of one container, by name; anyone who builds an image can set them. */
export interface Labelled {
  readonly container: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Fills what is not set from the app container's labels; they can only say where things are. */
export function withAppLabels(settings: AppSettings, labelled: Labelled): AppSettings {
  return {
    ...settings,
    workdir: orLabel(settings.workdir, "oakum.workdir", labelled),
    alembic: orLabel(settings.alembic, "oakum.alembic", labelled),
    name: orLabel(settings.name, "oakum.name", labelled),
  };
}

/** Fills what is not set from the database container's labels. */
export function withDatabaseLabels(
  settings: DatabaseSettings,
  labelled: Labelled,
): DatabaseSettings {
  return {
    ...settings,
    name: orLabel(settings.name, "oakum.database", labelled),
    user: orLabel(settings.user, "oakum.user", labelled),
  };
}

function orLabel(
  setting: Setting<string | undefined>,
  name: string,
  { container, labels }: Labelled,
): Setting<string | undefined> {
  const value = Object.hasOwn(labels, name) ? labels[name]?.trim() : undefined;
  if (setting.value !== undefined || !value) return setting;
  return { value, source: { kind: "label", name, container } };
}
