"""Every write on tickets. Pages, admin, API, mail and tasks call these and nothing below them."""

from tickets.services.announcing import record_event, say_automatically, tell_colleague
from tickets.services.automation import (
    events_to_read,
    forget_old_runs,
    is_time_up,
    run_for_events,
    run_for_time,
)
from tickets.services.checklists import tick
from tickets.services.conversation import (
    add_customer_message,
    add_note,
    add_reply,
    link_article,
    new_attachments,
)
from tickets.services.delivery import (
    NotOursError,
    claim_message,
    delivered,
    due_messages,
    failed_messages,
    gathered_with,
    postpone_due_messages,
    postpone_message,
    record_bounce,
    record_delivery_failure,
    settle_refusals,
    try_delivery_again,
)
from tickets.services.door import lock, possible_steps, take_step
from tickets.services.draft_files import (
    drop_files,
    forget_draft_files,
    keep_file,
)
from tickets.services.drafts import DraftConflict, drafts_of, save_draft
from tickets.services.duty import (
    follow_duty,
    is_duty_to_follow,
    pause_off_duty,
    resume_on_duty,
)
from tickets.services.editing import change_ticket, set_field, set_tags, switch_watching
from tickets.services.escalating import fire_due_stages, plan_stages, stages_due
from tickets.services.explaining import explain, promises_to_explain
from tickets.services.following_up import follow_ups_due, set_follow_up, wake_follow_ups
from tickets.services.handing import assign_to_team
from tickets.services.incidents import announce, open_tellings, tell_all
from tickets.services.informing import people_to_inform
from tickets.services.intake import create_ticket
from tickets.services.linking import (
    create_child,
    gather,
    link_tickets,
    place_below,
    split_message,
    unlink_tickets,
)
from tickets.services.macros import macros_for, run_macro
from tickets.services.merging import merge_tickets, preview_merge, undo_merge
from tickets.services.notices import (
    forget_old_notices,
    mark_read,
    notices_to_mail,
    take_for_digest,
    unread_notices,
)
from tickets.services.refusal import StaleTicket, StepRefused
from tickets.services.replaying import preview_changes, replay_changes, run_by_earlier
from tickets.services.searching import forget_searches, recent_searches, remember_search
from tickets.services.shift_ends import work_off_shift_ends
from tickets.services.side import (
    add_side_answer,
    close_side_conversation,
    send_as_new_ticket,
    start_side_conversation,
    write_to_side,
)
from tickets.services.sweeps import assign_waiting_tickets, mark_broken_promises
from tickets.services.taking_back import take_back_reply, undo_time
from tickets.services.templates import fill, open_marks
from tickets.services.timing import add_time, change_time, count_visit
from tickets.services.views import TooManyViews, delete_view, move_view, place_of, save_view

__all__ = [
    "DraftConflict",
    "NotOursError",
    "StaleTicket",
    "StepRefused",
    "TooManyViews",
    "add_customer_message",
    "add_note",
    "add_reply",
    "add_side_answer",
    "add_time",
    "announce",
    "assign_to_team",
    "assign_waiting_tickets",
    "change_ticket",
    "change_time",
    "claim_message",
    "close_side_conversation",
    "count_visit",
    "create_child",
    "create_ticket",
    "delete_view",
    "delivered",
    "drafts_of",
    "drop_files",
    "due_messages",
    "events_to_read",
    "explain",
    "failed_messages",
    "fill",
    "fire_due_stages",
    "follow_duty",
    "follow_ups_due",
    "forget_draft_files",
    "forget_old_notices",
    "forget_old_runs",
    "forget_searches",
    "gather",
    "gathered_with",
    "is_duty_to_follow",
    "is_time_up",
    "keep_file",
    "link_article",
    "link_tickets",
    "lock",
    "macros_for",
    "mark_broken_promises",
    "mark_read",
    "merge_tickets",
    "move_view",
    "new_attachments",
    "notices_to_mail",
    "open_marks",
    "open_tellings",
    "pause_off_duty",
    "people_to_inform",
    "place_below",
    "place_of",
    "plan_stages",
    "possible_steps",
    "postpone_due_messages",
    "postpone_message",
    "preview_changes",
    "preview_merge",
    "promises_to_explain",
    "recent_searches",
    "record_bounce",
    "record_delivery_failure",
    "record_event",
    "remember_search",
    "replay_changes",
    "resume_on_duty",
    "run_by_earlier",
    "run_for_events",
    "run_for_time",
    "run_macro",
    "save_draft",
    "save_view",
    "say_automatically",
    "send_as_new_ticket",
    "set_field",
    "set_follow_up",
    "set_tags",
    "settle_refusals",
    "split_message",
    "stages_due",
    "start_side_conversation",
    "switch_watching",
    "take_back_reply",
    "take_for_digest",
    "take_step",
    "tell_all",
    "tell_colleague",
    "tick",
    "try_delivery_again",
    "undo_merge",
    "undo_time",
    "unlink_tickets",
    "unread_notices",
    "wake_follow_ups",
    "work_off_shift_ends",
    "write_to_side",
]
