"""The agents' desk."""

from django.urls import path

from tickets.desk.views import (
    creating,
    duty,
    duty_sheets,
    editing,
    macros,
    panels,
    queue,
    side,
    steps,
    ticket,
    writing,
)

app_name = "tickets"
urlpatterns = [
    path("", queue.show_queue, name="queue"),
    path("queue/<slug:queue>/", queue.show_queue, name="queue"),
    path("counts/", queue.show_counts, name="counts"),
    path("new/", creating.create, name="create"),
    path("new/customer/", creating.find_customer, name="find-customer"),
    path("duty/", duty.show_duty, name="duty"),
    path("duty/<int:team>/<int:year>-W<int:number>/", duty.show_week, name="duty-week"),
    path("duty/<int:team>/<int:year>-W<int:number>/export/", duty_sheets.export_weeks, name="duty-export"),
    path("duty/<int:team>/<int:year>-W<int:number>/import/", duty_sheets.import_weeks, name="duty-import"),
    path(
        "duty/<int:team>/<int:year>-W<int:number>/forecast/", duty_sheets.show_forecast, name="duty-forecast"
    ),
    path("duty/<int:team>/hand-over/", duty_sheets.show_handover, name="duty-handover"),
    path("duty/<int:team>/<slug:on>/<int:user>/", duty.plan_day, name="duty-day"),
    path("tickets/<int:pk>/", ticket.show_ticket, name="ticket"),
    path("tickets/<int:pk>/write/", writing.write, name="write"),
    path("tickets/<int:pk>/take-back/<int:message>/", writing.take_back, name="take-back"),
    path("tickets/<int:pk>/take/", steps.take, name="take"),
    path("tickets/<int:pk>/step/", steps.take_step, name="take-step"),
    path("tickets/<int:pk>/step/<slug:name>/", steps.show_step, name="step"),
    path("tickets/<int:pk>/edit/<slug:part>/", editing.edit, name="edit-ticket"),
    path("tickets/<int:pk>/watch/", editing.switch_watching, name="switch-watching"),
    path("tickets/<int:pk>/forward/", side.forward, name="forward"),
    path("tickets/<int:pk>/send-new/", side.send_new, name="send-new"),
    path("tickets/<int:pk>/side/<int:side>/", side.write_side, name="write-side"),
    path("tickets/<int:pk>/side/<int:side>/close/", side.close_side, name="close-side"),
    path("tickets/<int:pk>/aside/", panels.show_aside, name="aside"),
    path("tickets/<int:pk>/promises/<int:promise>/", panels.show_promise, name="promise"),
    path("tickets/<int:pk>/history/", panels.show_history, name="history"),
    path("tickets/<int:pk>/news/", panels.show_news, name="news"),
    path("tickets/<int:pk>/templates/", panels.show_templates, name="templates"),
    path("tickets/<int:pk>/macros/", macros.show_macros, name="macros"),
    path("tickets/<int:pk>/macros/<int:macro>/", macros.use_macro, name="use-macro"),
    path("tickets/<int:pk>/articles/", panels.show_articles, name="articles"),
    path("tickets/<int:pk>/articles/link/", panels.link_article, name="link-article"),
    path("messages/<int:pk>/deliver/", writing.deliver_again, name="deliver-again"),
    path("messages/<int:pk>/original/", ticket.show_original, name="original"),
    path("attachments/<int:pk>/", ticket.show_attachment, name="attachment"),
]
