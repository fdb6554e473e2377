"""What the people of the whole way are called and what they write, in each language, and how they are made."""

import json
from dataclasses import asdict, dataclass

from tests.browser.system import System

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Story:
    """One customer's trouble, and the team that puts it right."""

    language: str
    ticket: str  # what a ticket is called
    chosen: str  # the category the customer chooses
    category: str  # the one the rule finds
    words: str  # what the rule looks for
    customer: str
    subject: str
    text: str
    question: str
    more: str
    solution: str
    comment: str = ""

    @property
    def team(self) -> str:
        """The team's name."""
        return f"After-sales {self.language}"

    def address(self, role: str) -> str:
        """The e-mail address of one of the people: customer, agent, lead or manager."""
        return f"{role}.{self.language}@example.com"


ZH_HANS = Story(
    language="zh-hans",
    ticket="工单",
    chosen="product-fault",
    category="repair-and-warranty",
    words="不转\n开不了机",
    customer="陈晓",
    subject="扫地机器人的边刷不转了",
    text="上周买的扫地机器人，从昨天晚上开始边刷完全不转，重启过两次也没用。还在保修期内，能修吗？",
    question="您好，请问边刷附近有没有缠上头发？麻烦把机器翻过来看一下。",
    more="看过了，没有头发，转轴能用手拨动。",
    solution="已为您登记免费换新边刷电机，顺丰明天上门取件。",
)
EN = Story(
    language="en",
    ticket="ticket",
    chosen="technical-fault",
    category="connection-and-pairing",
    words="does not pair\ncannot connect",
    customer="Ada Novak",
    subject="The air purifier does not pair",
    text="I follow the steps in the app, the light blinks blue, and then it says that the device was not found.",
    question="Hello Ada, is the phone on the 2.4 GHz network of your router?",
    more="It was on 5 GHz. I have changed it, and now the app finds the purifier.",
    solution="Good to hear. The pairing is done, and the warranty is registered.",
)
ZH_HANT = Story(
    language="zh-hant",
    ticket="工單",
    chosen="service-complaint",
    category="late-service",
    words="沒來\n遲到",
    customer="林怡君",
    subject="約好的維修人員沒來",
    text="上週約好今天早上十點到府維修除濕機，等到中午都沒來，也沒有人打電話通知。",
    question="",
    more="維修人員到現在還是沒有聯絡我。",
    solution="非常抱歉，已改約明天上午，維修人員會先致電。",
    comment="請了半天假，結果白等一場。",
)

_PREPARE = """
import json
from django.contrib.auth.models import Group
from catalog.models import Category
from staff.models import Membership, Team, User
from surveys.models import SurveyRule
from tickets.models import ClassifyingRule, Route

SurveyRule.objects.update(delay_minutes=0)
for story in json.loads({stories!r}):
    team = Team.objects.create(name=story["team"])
    for role, name in (("agent", "Li Wei"), ("lead", "Chen Jing"), ("manager", "Liu Yang")):
        user = User.objects.create_user(
            role + "." + story["language"] + "@example.com", {password!r}, display_name=name,
            language=story["language"], is_present=role == "agent", is_staff=role == "manager",
        )
        user.groups.add(Group.objects.get(name=role))
        if role != "manager":
            Membership.objects.create(team=team, user=user, is_lead=role == "lead")
    category = Category.objects.get(code=story["category"])
    Route.objects.create(category=category, team=team)
    ClassifyingRule.objects.create(name=story["subject"], words=story["words"], category=category, priority="high")
"""


def prepare(system: System, *stories: Story) -> None:
    """Make for each the team with an agent who is present, its lead, a manager, and the rule for its category."""
    told = json.dumps([{**asdict(story), "team": story.team} for story in stories])
    system.manage("shell", "--verbosity", "0", "--command", _PREPARE.format(stories=told, password=PASSWORD))
