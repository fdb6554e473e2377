"""Many tickets at once, written straight into PostgreSQL: what is measured is the reading, not how they came."""

from django.contrib.auth.models import Group
from django.db import connection, transaction

from catalog.models import Category
from common.search import index_text
from staff.models import Membership, Team, User
from tickets.models import Route, Ticket
from tickets.services import add_customer_message, add_reply

TEAMS, AGENTS_PER_TEAM, CUSTOMERS = 4, 3, 2000
THINGS = [
    "空气净化器",
    "扫地机器人",
    "电饭煲",
    "手机壳",
    "吹风机",
    "豆浆机",
    "加湿器",
    "电动牙刷",
    "耳机",
    "充电宝",
]
FAULTS = [
    "不能开机",
    "噪音很大",
    "屏幕碎了",
    "充不进电",
    "有异味",
    "发票没收到",
    "物流三天没动",
    "想申请退货",
    "漏水",
    "缺少配件",
]
ENDINGS = [
    "请尽快处理，谢谢。",
    "已经等了一个星期了。",
    "麻烦告诉我怎么办。",
    "我是老客户了。",
    "可以换新的吗？",
]
ANSWERS = [
    "您好，已经为您登记换新，新机三天内寄出，请把旧机留好。",
    "非常抱歉给您添麻烦了。请发一张铭牌的照片，我们马上安排师傅上门。",
    "您好，发票已经补寄，请留意短信里的单号。",
    "已经催过仓库，明天上午出库，到了请告诉我们一声。",
    "请先长按电源键十秒再试一次，如果还不行，我们免费维修。",
    "您好，退款已经提交，一到三个工作日退回原来的账户。",
    "这个批次的配件有问题，我们给您寄一套新的，不收费用。",
]
THANKS = [
    "好的，收到，谢谢！",
    "照片已经发了，请看一下。",
    "试过了，还是一样，麻烦安排维修吧。",
    "什么时候能寄到？我周末不在家。",
    "可以，那我等你们的电话。",
]

# Each status' share of a hundred, and what the row must then say.
TICKETS = """
INSERT INTO tickets_ticket (
  status, subject, channel, language, priority, field_values, link_nonce, token_hash, version, created_at, updated_at,
  cancel_reason, survey_outcome, reopened_count, last_message_at, awaits_reply, due_at, queue_at, tier, is_major,
  due_kind, customer_id, category_id, team_id, assignee_id, classified_at, assigned_at, waiting_since_at, resolved_at,
  surveyed_at, cancelled_at, first_response_at)
SELECT status, subject, 'web', 'zh-hans', (ARRAY['urgent','high','normal','normal','low'])[1 + n %% 5], '{}',
  'bench' || n, md5('bench' || n), 3, made, made + interval '1 hour',
  CASE status WHEN 'cancelled' THEN 'spam' ELSE '' END, CASE status WHEN 'surveyed' THEN 'answered' ELSE '' END, 0,
  made + interval '1 hour', n %% 2 = 0,
  CASE WHEN status IN ('received', 'classified', 'assigned')
       THEN now() + (n %% 4000 - 800) * interval '1 minute' ELSE '9999-01-01 00:00:00+00' END,
  CASE WHEN status IN ('received', 'classified', 'assigned')
       THEN now() + (n %% 4000 - 800) * interval '1 minute' ELSE '9999-01-01 00:00:00+00' END,
  'professional', false,
  CASE WHEN status IN ('received', 'classified', 'assigned') THEN 'resolution' ELSE '' END,
  (SELECT min(id) FROM customers_customer) + n %% %(customers)s,
  CASE status WHEN 'received' THEN NULL ELSE %(category)s END,
  CASE status WHEN 'received' THEN NULL ELSE (%(teams)s)[1 + n %% %(team_count)s] END,
  CASE WHEN status IN ('received', 'classified') THEN NULL
       ELSE (%(agents)s)[1 + (n %% %(team_count)s) * %(per_team)s + (n / 7) %% %(per_team)s] END,
  CASE status WHEN 'received' THEN NULL ELSE made END, CASE status WHEN 'received' THEN NULL ELSE made END,
  CASE status WHEN 'waiting' THEN made END,
  CASE WHEN status IN ('resolved', 'surveyed') THEN made + interval '1 day' END,
  CASE status WHEN 'surveyed' THEN made + interval '2 days' END, CASE status WHEN 'cancelled' THEN made END,
  CASE WHEN status IN ('received', 'classified') THEN NULL ELSE made + interval '1 hour' END
FROM (
  SELECT n, now() - interval '2 days' - (n * interval '6 minutes') AS made, texts.subject,
    CASE WHEN n %% 200 = 0 THEN 'received' WHEN n %% 200 < 3 THEN 'classified' WHEN n %% 200 < 9 THEN 'assigned'
         WHEN n %% 200 < 10 THEN 'waiting' WHEN n %% 200 < 20 THEN 'cancelled' WHEN n %% 200 < 80 THEN 'resolved'
         ELSE 'surveyed' END AS status
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
  JOIN bench_text AS texts ON texts.id = n %% %(texts)s
) AS rows ORDER BY n DESC
"""

MESSAGES = """
INSERT INTO tickets_message (kind, purpose, subject, body, channel, language, asks_customer, created_at, search_text,
  delivery, recipient, delivery_key, attempts, delivery_error, ticket_id, customer_id, author_id, delivered_at,
  sender_name, also_to, refused_files)
SELECT kind, '', '', texts.body, 'web', 'zh-hans', false, t.created_at + at, texts.tokens,
  'none', '', gen_random_uuid(), 0, '', t.id, CASE kind WHEN 'customer' THEN t.customer_id END,
  CASE kind WHEN 'reply' THEN t.assignee_id END, NULL, '', '[]', '[]'
FROM tickets_ticket AS t
CROSS JOIN (VALUES ('customer', interval '0', 0, %(texts)s), ('reply', interval '1 hour', %(texts)s, %(answers)s),
  ('customer', interval '2 hours', %(texts)s + %(answers)s, %(thanks)s)) AS m(kind, at, first_text, choice)
JOIN bench_text AS texts ON texts.id = m.first_text + substr(t.link_nonce, 6)::bigint %% m.choice
WHERE t.id >= %(first_id)s AND (kind = 'customer' OR t.assignee_id IS NOT NULL)
"""

EVENTS = """
INSERT INTO tickets_event (kind, step, before, after, data, at, ticket_id, actor_id, customer_id)
SELECT e.kind, e.step, e.before, e.after, '{}', t.created_at, t.id, NULL, t.customer_id
FROM tickets_ticket AS t
CROSS JOIN (VALUES ('created', '', '', ''), ('step', 'classify', 'received', 'classified'),
  ('step', 'assign', 'classified', 'assigned'), ('step', 'resolve', 'assigned', 'resolved'))
  AS e(kind, step, before, after)
WHERE t.id >= %(first_id)s
"""

PROMISES = """
INSERT INTO tickets_promise (kind, target_minutes, counts, started_at, running_since_at, spent_seconds, due_at, met_at,
  broken_at, dropped_at, ticket_id, policy_id,
  escalated_to_seconds)
SELECT p.kind, p.minutes, 'business', t.created_at,
  CASE WHEN open THEN t.created_at END, 0, t.created_at + p.minutes * interval '1 minute',
  CASE WHEN NOT open THEN t.created_at + interval '2 hours' END,
  CASE WHEN NOT open AND t.id %% 15 = 0 THEN t.created_at + interval '1 hour' END, NULL, t.id,
  (SELECT min(id) FROM sla_slapolicy), -1
FROM (
  SELECT *, status IN ('received', 'classified', 'assigned') AS open FROM tickets_ticket WHERE id >= %(first_id)s
) AS t
CROSS JOIN (VALUES ('first_response', 480), ('resolution', 960)) AS p(kind, minutes)
"""


@transaction.atomic
def load_people() -> dict[str, object]:
    """Teams, agents, customers and the category; the figures that the tickets need."""
    category = Category.objects.get(code="product-fault")
    teams, agents = [], []
    for number in range(TEAMS):
        team = Team.objects.create(name=f"Team {number + 1}")
        teams.append(team.pk)
        Route.objects.get_or_create(category=category, team=team, position=number)
        for place in range(AGENTS_PER_TEAM):
            agent = User.objects.create_user(
                f"agent{number}{place}@bench.example", None, display_name=f"客服{number}{place}",
                language="zh-hans", is_present=True,
            )  # fmt: skip
            agent.groups.add(Group.objects.get(name="agent"))
            Membership.objects.create(team=team, user=agent)
            agents.append(agent.pk)
    manager = User.objects.create_user("manager@bench.example", None, display_name="经理", language="zh-hans")
    manager.groups.add(Group.objects.get(name="manager"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (name, search_text, language, time_zone, created_at, segment_id) "
            "SELECT '客户' || n, %s || ' ' || n, 'zh-hans', 'Asia/Shanghai', now(), "
            "(SELECT min(id) FROM customers_segment) FROM generate_series(1, %s) AS n",
            [index_text("客户"), CUSTOMERS],
        )
        cursor.execute(
            "INSERT INTO customers_identity (kind, value, customer_id) "
            "SELECT 'email', 'customer' || id || '@bench.example', id FROM customers_customer"
        )
    return {
        "category": category.pk, "teams": teams, "agents": agents, "customers": CUSTOMERS,
        "team_count": TEAMS, "per_team": AGENTS_PER_TEAM, "texts": load_texts(),
        "answers": len(ANSWERS), "thanks": len(THANKS),
    }  # fmt: skip


def load_texts() -> int:
    """The questions that tickets take in turn, then what is answered and written back; return how many questions."""
    rows = []
    for thing in THINGS:
        for fault in FAULTS:
            for ending in ENDINGS:
                subject, body = (
                    f"{thing}{fault}",
                    f"你好，我上周买的{thing}{fault}，订单号是 HD{len(rows):05d}。{ending}" * 2,
                )
                rows.append((len(rows), subject, body, index_text(subject, body)))
    questions = len(rows)
    rows += [
        (number, "", body, index_text(body)) for number, body in enumerate([*ANSWERS, *THANKS], questions)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_text (id bigint PRIMARY KEY, subject text, body text, tokens text)"
        )
        cursor.executemany("INSERT INTO bench_text VALUES (%s, %s, %s, %s)", rows)
    return questions


def load_tickets(first: int, last: int, figures: dict[str, object]) -> None:
    """Write the tickets with these numbers, each with its conversation, history and promises."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM tickets_ticket")
        first_id = cursor.fetchone()[0]
        cursor.execute(TICKETS, {**figures, "first": first, "last": last})
        for sql in (MESSAGES, EVENTS, PROMISES):
            cursor.execute(sql, {**figures, "first_id": first_id})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def load_words(ticket: Ticket, count: int) -> None:
    """Fill a ticket up to so many messages, said by turns."""
    for number in range(ticket.messages.count(), count):
        if number % 2:
            add_reply(ticket, ANSWERS[number % len(ANSWERS)], actor=ticket.assignee)
        else:
            add_customer_message(ticket, THANKS[number % len(THANKS)], customer=ticket.customer)
