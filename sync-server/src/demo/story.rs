//! The story: an afternoon without network, and what becomes of it.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use ronde_core::{
    document::{
        execution::{AnswerValue, Outcome},
        stock_movement::MovementKind,
        work_order::Status,
    },
    model::{ChangeHash, DocumentId, Kind, Quantity},
    replica::{AnswerInput, Completion, NewLine, NewMovement},
    store::documents,
};

use super::{
    Teller,
    crew::{Crew, Hand},
};

/// What the afternoon is about, found in the plant by what people call it.
struct Work {
    round: DocumentId,
    checklist: DocumentId,
    bearing: DocumentId,
    line_one: DocumentId,
    line_two: DocumentId,
    leak: DocumentId,
    execution: Option<DocumentId>,
}

/// Tells it, reading everything back from the replicas.
pub(super) async fn tell(mut crew: Crew, teller: &Teller) -> anyhow::Result<()> {
    let mut work = prepare(&mut crew, teller).await?;
    offline(&mut crew, &mut work, teller).await?;
    teller
        .chapter(
            "Le réseau revient, pour l'un puis pour l'autre.",
            "The network returns, for one after the other.",
        )
        .await;
    for _ in 0..2 {
        for hand in [
            &mut crew.amandine,
            &mut crew.bruno,
            &mut crew.chloe,
            &mut crew.didier,
        ] {
            if hand.replica.status()?.pending > 0 {
                hand.come_back(teller).await?;
            } else {
                hand.sync().await?;
            }
        }
    }
    outcome(&crew, &work, teller).await
}

async fn prepare(crew: &mut Crew, teller: &Teller) -> anyhow::Result<Work> {
    teller
        .chapter("Le matin, au bureau.", "In the morning, at the office.")
        .await;
    let didier = &mut crew.didier.replica;
    let plan = didier.find(Kind::Plan, "PL-CHA-RON")?;
    let made = didier.order_plan(plan, None)?;
    let round = made.id;
    let work = Work {
        round,
        checklist: didier.find(Kind::Checklist, "CL-CHA-RON")?,
        bearing: didier.find(Kind::Part, "6205-2RS")?,
        line_one: didier.find_order("26-1221")?,
        line_two: didier.find_order("26-1222")?,
        leak: didier.find_order("26-1218")?,
        execution: None,
    };
    let technicians = [crew.amandine.person(), crew.bruno.person()];
    crew.didier.replica.assign_order(round, &technicians)?;
    crew.didier.sync().await?;
    for hand in [&mut crew.amandine, &mut crew.bruno, &mut crew.chloe] {
        hand.sync().await?;
    }
    let name = name(&crew.didier, round)?;
    teller
        .line(
            "Didier",
            &format!("crée {name} à partir du plan « Ronde chaufferie » et l'affecte à Amandine et Bruno"),
            &format!("opens {name} from the plan \"Ronde chaufferie\" and assigns it to Amandine and Bruno"),
        )
        .await;
    let level = level(&crew.didier, work.bearing)?;
    teller
        .line(
            teller.pick("Magasin", "Store"),
            &format!("il reste {level} roulement 6205-2RS en MAG-LIGNE"),
            &format!("there is {level} bearing 6205-2RS left in MAG-LIGNE"),
        )
        .await;
    Ok(work)
}

async fn offline(crew: &mut Crew, work: &mut Work, teller: &Teller) -> anyhow::Result<()> {
    teller
        .chapter(
            "L'après-midi, au sous-sol : plus de réseau.",
            "In the afternoon, in the basement: no network.",
        )
        .await;
    let Crew {
        amandine,
        bruno,
        chloe,
        didier,
    } = crew;

    // One checklist, two people, neither sees the other.
    for hand in [&mut *amandine, &mut *bruno] {
        hand.replica.start_order(work.round)?;
        work.execution = Some(
            hand.replica
                .run_checklist(work.checklist, Some(work.round), None)?
                .id,
        );
    }
    let execution = work.execution.context("no execution was started")?;
    answer(
        amandine,
        execution,
        "pression",
        AnswerValue::Number(quantity("8,2")?),
        None,
    )?;
    answer(
        amandine,
        execution,
        "niveau",
        AnswerValue::Outcome(Outcome::Ok),
        None,
    )?;
    teller
        .line(
            "Amandine",
            "ronde chaufferie : pression 8,2 bar, niveau d'eau conforme",
            "boiler round: pressure 8.2 bar, water level OK",
        )
        .await;
    answer(
        bruno,
        execution,
        "niveau",
        AnswerValue::Outcome(Outcome::Nok),
        Some("Glace de gauche opaque, niveau illisible"),
    )?;
    teller
        .line(
            "Bruno",
            "la même ronde : niveau d'eau NON conforme, « glace de gauche opaque »",
            "the same round: water level NOT OK, \"left gauge glass opaque\"",
        )
        .await;

    // The last bearing, twice.
    for (hand, order, what) in [
        (&mut *amandine, work.line_one, ["la ligne 1", "line 1"]),
        (&mut *chloe, work.line_two, ["la ligne 2", "line 2"]),
    ] {
        issue(hand, work.bearing, order)?;
        teller
            .line(
                hand.called,
                &format!("sort le dernier roulement 6205-2RS pour {}", what[0]),
                &format!("issues the last bearing 6205-2RS for {}", what[1]),
            )
            .await;
    }

    // Done here, cancelled there.
    let leak = name(chloe, work.leak)?;
    chloe.replica.start_order(work.leak)?;
    let note = Completion {
        note: Some("Joint de bride remplacé, essai à 3 bar sans fuite.".to_owned()),
        ..Completion::default()
    };
    chloe.replica.finish_order(work.leak, &note)?;
    teller
        .line(
            "Chloé",
            &format!("termine {leak} : joint de bride remplacé"),
            &format!("finishes {leak}: flange gasket replaced"),
        )
        .await;
    didier
        .replica
        .cancel_order(work.leak, "Regroupé avec l'arrêt de vendredi")?;
    didier.sync().await?;
    teller
        .line(
            "Didier",
            &format!("annule {leak} au même moment : « regroupé avec l'arrêt de vendredi »"),
            &format!("cancels {leak} at the same time: \"moved into Friday's shutdown\""),
        )
        .await;
    Ok(())
}

async fn outcome(crew: &Crew, work: &Work, teller: &Teller) -> anyhow::Result<()> {
    teller
        .chapter(
            "Ce que tout le monde voit maintenant, et pourquoi.",
            "What everybody sees now, and why.",
        )
        .await;
    let didier = &crew.didier;
    let execution = work.execution.context("no execution was started")?;
    let page = didier.replica.execution(execution)?;
    let item = page
        .items
        .iter()
        .find(|item| item.item == "niveau")
        .context("the item is gone")?;
    let nok = item.value == Some(AnswerValue::Outcome(Outcome::Nok));
    let counts = if nok {
        ["NON conforme", "NOT OK"]
    } else {
        ["conforme", "OK"]
    };
    teller
        .line(
            teller.pick("Ronde", "Round"),
            &format!(
                "niveau d'eau : {} compte ; l'autre réponse reste visible ({} conflit à arbitrer)",
                counts[0],
                page.conflicts.len()
            ),
            &format!(
                "water level: {} counts; the other answer stays visible ({} conflict to settle)",
                counts[1],
                page.conflicts.len()
            ),
        )
        .await;
    let level = level(didier, work.bearing)?;
    teller
        .line(
            "Stock",
            &format!("6205-2RS : les deux sorties tiennent, niveau {level} : écart de stock"),
            &format!("6205-2RS: both issues stand, level {level}: stock discrepancy"),
        )
        .await;
    let order = didier.replica.order_page(work.leak)?;
    let done = order.row.status == Status::Done;
    let flagged = order
        .conflicts
        .iter()
        .any(|it| it.code == "cancelled_during_execution");
    if !done || !flagged {
        return Err(anyhow!("the completion was lost: {:?}", order.row.status));
    }
    let name = order.row.name();
    teller
        .line(
            teller.pick("OT", "Order"),
            &format!("{name} : terminé, marqué « annulé pendant exécution » ; le travail de Chloé reste, Didier décide"),
            &format!("{name}: done, marked \"cancelled during execution\"; Chloé's work stands, Didier decides"),
        )
        .await;
    let shared = agree(&[&crew.amandine, &crew.bruno, &crew.chloe, &crew.didier])?;
    teller
        .line(
            teller.pick("Tous", "All"),
            &format!("les {shared} documents que tous tiennent sont les mêmes, octet pour octet"),
            &format!("the {shared} documents that all of them hold are the same, byte for byte"),
        )
        .await;
    Ok(())
}

/// How many documents all of them hold; an error where two hold different
/// changes of one. What a person alone worked on stays with them.
fn agree(hands: &[&Hand]) -> anyhow::Result<usize> {
    let mut held = BTreeMap::<DocumentId, Vec<Vec<ChangeHash>>>::new();
    for hand in hands {
        for holding in hand.replica.read(documents::holdings)? {
            held.entry(holding.id).or_default().push(holding.heads);
        }
    }
    if let Some((id, _)) = held
        .iter()
        .find(|(_, heads)| heads.iter().any(|it| *it != heads[0]))
    {
        return Err(anyhow!("the devices hold different changes of {id}"));
    }
    Ok(held
        .values()
        .filter(|heads| heads.len() == hands.len())
        .count())
}

fn answer(
    hand: &mut Hand,
    execution: DocumentId,
    item: &str,
    value: AnswerValue,
    comment: Option<&str>,
) -> anyhow::Result<()> {
    let input = AnswerInput {
        value: Some(value),
        comment: comment.map(str::to_owned),
        ..AnswerInput::default()
    };
    hand.replica
        .answer_item(execution, item, 0, &input)
        .with_context(|| format!("item {item}"))?;
    Ok(())
}

fn issue(hand: &mut Hand, part: DocumentId, order: DocumentId) -> anyhow::Result<()> {
    let line = NewLine {
        part,
        quantity: Quantity::ONE,
        from: None,
        to: None,
        unit_cost: None,
    };
    hand.replica.post_movement(&NewMovement {
        kind: MovementKind::Issue,
        lines: vec![line],
        work_order: Some(order),
        reason: None,
        at: None,
    })?;
    Ok(())
}

fn name(hand: &Hand, order: DocumentId) -> anyhow::Result<String> {
    Ok(hand.replica.order(order)?.name().to_owned())
}

fn level(hand: &Hand, part: DocumentId) -> anyhow::Result<Quantity> {
    let levels = hand.replica.levels(Some(part))?;
    Ok(levels.iter().fold(Quantity::ZERO, |sum, line| {
        sum.saturating_add(line.quantity)
    }))
}

fn quantity(text: &str) -> anyhow::Result<Quantity> {
    text.parse().map_err(|error| anyhow!("{error}"))
}
