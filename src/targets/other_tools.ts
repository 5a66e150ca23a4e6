/** Migration tools that oakum recognises and does not drive. */
export type OtherTool = "flask" | "django";

const OTHERS: Readonly<Record<OtherTool, { readonly name: string; readonly upgrade: string }>> = {
  flask: { name: "Flask-Migrate", upgrade: "flask db upgrade" },
  django: { name: "Django", upgrade: "python manage.py migrate" },
};

/** The tool as people call it. */
export function toolName(tool: OtherTool): string {
  return OTHERS[tool].name;
}

/** How a service's database is upgraded by its own tool, with a backup to go back to. */
export function upgradeByHand(tool: OtherTool, service: string, running = true): string {
  const how = running ? "exec" : "run --rm";
  return `oakum backup, then: docker compose ${how} ${service} ${OTHERS[tool].upgrade}`;
}
