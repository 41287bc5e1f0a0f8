import { Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useData } from "~/api/hooks";
import { Page } from "~/components/Page";
import { Empty, Panel } from "~/components/Panel";
import { Table, type Column } from "~/components/Table";
import { Users, type UsersQuery } from "~/gen/fakts";
import { useFilters } from "~/lib/nav";

type Row = UsersQuery["users"][number];

const columns: Column<Row>[] = [
  { key: "name", title: "User name", width: "minmax(9rem, 1.5fr)", cell: (one) => one.username },
  { key: "full", title: "Name", width: "minmax(9rem, 2fr)", cell: (one) => [one.firstName, one.lastName].filter(Boolean).join(" ") },
  { key: "email", title: "Email", width: "minmax(9rem, 2fr)", cell: (one) => one.email ?? "" },
  { key: "groups", title: "Groups", width: "minmax(8rem, 1.5fr)", cell: (one) => one.groups.map((group) => group.name).join(", ") },
];

export default function PeoplePage() {
  const { t } = useTranslation();
  const [search, change] = useFilters();
  const [typed, setTyped] = useState(search["q"] ?? "");
  const later = useDebouncedCallback((q: string) => change({ q }), 250);
  const q = search["q"];
  const reading = useData("fakts", Users, { filters: q ? { search: q } : null, pagination: { limit: 500, offset: 0 } }, { poll: 15_000 });
  return (
    <Page title={t("People")} about={t("Who belongs to this organization.")}>
      <TextInput
        id="filter"
        maw={320}
        label={t("Search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value);
        }}
      />
      <Panel service="fakts" reading={reading}>
        {({ users }) =>
          users.length === 0 ? (
            <Empty title={t("Nobody has this name.")} />
          ) : (
            <Table
              label={t("Members")}
              rows={users}
              columns={columns}
              rowKey={(one) => one.id}
              card={(one) => (
                <>
                  <Text size="sm" fw={500}>{one.username}</Text>
                  <Text size="xs" c="dimmed">{one.email}</Text>
                </>
              )}
            />
          )
        }
      </Panel>
    </Page>
  );
}
