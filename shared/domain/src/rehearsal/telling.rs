//! What people are told in a play.

use super::plot::is_shown;
use super::{Said, Stage};
use crate::event::Event;
use crate::policy::Matter;
use crate::wording::{self, Links};
use crate::work::Intent;

impl Stage<'_> {
    pub(super) fn tells(&mut self, intent: &Intent, id: u32) -> Event {
        let (attempt, now) = (intent.attempt, self.now);
        let notice = self.order.notices.iter().find(|notice| notice.id == id);
        if let Some(failure) = notice.and_then(|notice| self.fails(Matter::of_notice(notice.to))) {
            return Event::NoticeFailed {
                attempt,
                notice: id,
                failure,
            };
        }
        let links = Links {
            shop: "https://shop.example".to_owned(),
            console: "https://shop.example".to_owned(),
        };
        let after = now.since(self.began);
        let heard = notice
            .filter(|notice| is_shown(self.play.situation, notice))
            .map(|notice| (notice.to, wording::message(&self.order, notice, &links)));
        if let Some((to, message)) = heard {
            let subject = message.subject.clone();
            self.said.push(Said { to, after, subject });
            self.heard.push((to, after, message));
        }
        Event::NoticeAccepted {
            attempt,
            notice: id,
            covered: false,
        }
    }
}
