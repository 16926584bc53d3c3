"""What the invented retailer is: stores, products, and the words its people are named by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)

# The two days on which the catalogue's prices were raised. Both are days of trading, so that the
# rule "the price of the day" is tried on the day itself.
PRICE_CHANGES = (date(2024, 9, 2), date(2025, 3, 1))
CATALOGUE_DAY = date(2023, 9, 1)


@dataclass(frozen=True)
class Store:
    """A store. `tickets` = tickets on an ordinary day of 2024; `growth` = yearly, 0.08 for 8 %."""

    store_id: str
    name: str
    city: str
    department: str
    region: str
    towns: tuple[str, ...]
    employee_count: int
    surface: int
    tickets: float
    growth: float
    opened_on: date
    closed_on: date | None = None

    def is_open(self, day: date) -> bool:
        """Whether the store exists on that day (its weekly closing is another matter)."""
        return self.opened_on <= day and (self.closed_on is None or day <= self.closed_on)


STORES = (
    Store("M01", "Paris Bastille", "Paris", "Paris", "Île-de-France",
          ("Paris", "Vincennes", "Montreuil"), 20, 640, 2.8, 0.12, date(2009, 3, 14)),
    Store("M02", "Versailles", "Versailles", "Yvelines", "Île-de-France",
          ("Versailles", "Le Chesnay", "Viroflay"), 5, 180, 0.62, 0.00, date(2015, 10, 3),
          date(2025, 6, 28)),
    Store("M03", "Lyon Presqu'île", "Lyon", "Rhône", "Auvergne-Rhône-Alpes",
          ("Lyon", "Villeurbanne", "Caluire-et-Cuire"), 14, 460, 2.0, 0.04, date(2011, 9, 10)),
    Store("M04", "Annecy", "Annecy", "Haute-Savoie", "Auvergne-Rhône-Alpes",
          ("Annecy", "Seynod", "Thônes"), 6, 210, 1.2, 0.10, date(2024, 9, 4)),
    Store("M05", "Marseille Vieux-Port", "Marseille", "Bouches-du-Rhône",
          "Provence-Alpes-Côte d'Azur",
          ("Marseille", "Aubagne", "Cassis"), 11, 350, 1.4, 0.09, date(2012, 4, 21)),
    Store("M06", "Bordeaux Saint-Rémi", "Bordeaux", "Gironde", "Nouvelle-Aquitaine",
          ("Bordeaux", "Mérignac", "Bègles"), 12, 380, 1.85, 0.12, date(2013, 11, 8)),
    Store("M07", "Nantes Graslin", "Nantes", "Loire-Atlantique", "Pays de la Loire",
          ("Nantes", "Rezé", "Saint-Herblain"), 9, 300, 1.55, 0.04, date(2014, 5, 17)),
    Store("M08", "Lille Vieux-Lille", "Lille", "Nord", "Hauts-de-France",
          ("Lille", "Roubaix", "Marcq-en-Barœul"), 13, 410, 1.6, -0.01, date(2010, 6, 5)),
    Store("M09", "Amiens", "Amiens", "Somme", "Hauts-de-France",
          ("Amiens", "Longueau", "Camon"), 4, 160, 0.8, -0.02, date(2017, 2, 25)),
    Store("M10", "Strasbourg Krutenau", "Strasbourg", "Bas-Rhin", "Grand Est",
          ("Strasbourg", "Schiltigheim", "Illkirch-Graffenstaden"), 8, 260, 1.05, 0.08,
          date(2016, 8, 27)),
)  # fmt: skip

# The question a manager asks: which region fell against last year, and in which category? This
# one, because in 2025 most sales of this category were lost there to a new competitor.
FALLING_REGION = "Hauts-de-France"
FALLING_CATEGORY = "Petit électroménager"
FALLING_SHARE_LOST = 0.8


@dataclass(frozen=True)
class Product:
    """A product of the catalogue.

    `weight` = how often it is chosen; `trend` = factor on the weight per year; `rise` = factor on
    price and cost at `changed_on`. Prices and costs in EUR without tax; `unit_cost` None = unknown.
    """

    product_id: str
    name: str
    category: str
    subcategory: str
    brand: str
    unit_price: Decimal
    unit_cost: Decimal | None
    weight: float
    trend: float = 1.0
    changed_on: tuple[date, ...] = ()
    rise: Decimal = Decimal("1.05")
    first_day: date = CATALOGUE_DAY
    last_day: date = LAST_DAY

    def prices(self) -> list[tuple[date, Decimal, Decimal | None]]:
        """The rows of its price list, oldest first: valid from, price, cost (cents)."""
        price, cost = self.unit_price, self.unit_cost
        rows = [(self.first_day, price, cost)]
        for day in self.changed_on:
            price = (price * self.rise).quantize(Decimal("0.1")) + Decimal("0.00")
            if cost is not None:
                cost = (cost * self.rise).quantize(Decimal("0.01"))
            rows.append((day, price, cost))
        return rows

    def price_on(self, day: date) -> Decimal:
        """The catalogue's price on a day."""
        return [price for valid_from, price, _ in self.prices() if valid_from <= day][-1]


EARLY, LATE = (PRICE_CHANGES[0],), (PRICE_CHANGES[1],)
COOK, TABLE, ELECTRIC = "Cuisson", "Arts de la table", "Petit électroménager"
LINEN, DECOR, STORAGE = "Linge de maison", "Décoration", "Rangement"


def _product(product_id: str, name: str, category: str, subcategory: str, brand: str,  # noqa: PLR0917
             price: str, cost: str | None, weight: float, trend: float = 1.0,
             changed_on: tuple[date, ...] = (), **more: object) -> Product:  # fmt: skip
    """A product from figures written as text."""
    return Product(product_id, name, category, subcategory, brand, Decimal(price),
                   None if cost is None else Decimal(cost), weight, trend, changed_on,
                   **more)  # type: ignore[arg-type]  # fmt: skip


PRODUCTS = (
    _product("CUI-01", "Poêle en fonte émaillée 28 cm", COOK, "Poêles", "Fonderie d'Ambert",
             "49.90", "24.10", 30, 0.82, EARLY),
    _product("CUI-02", "Cocotte ronde « Mijotine » 24 cm", COOK, "Cocottes", "Fonderie d'Ambert",
             "139.00", "66.50", 24, 1.0, PRICE_CHANGES),
    _product("CUI-03", "Casserole à bec verseur 18 cm", COOK, "Casseroles", "Cuivrette",
             "34.50", "16.20", 25),
    _product("CUI-04", "Faitout inox à couvercle 5 l", COOK, "Casseroles", "Cuivrette",
             "64.90", "31.00", 18, 1.0, LATE),
    _product("CUI-05", 'Moule à manqué "Grand-mère"; 26 cm', COOK, "Pâtisserie", "Cuivrette",
             "18.90", "7.90", 22, 1.05),
    _product("CUI-06", "Plat à gratin en grès 32 cm", COOK, "Plats", "Terres de Puisaye",
             "29.90", "12.40", 21, 1.0, EARLY),
    _product("CUI-07", "Sauteuse inox 24 cm", COOK, "Poêles", "Cuivrette",
             "59.00", "28.30", 19),
    _product("CUI-08", "Couteau d'office forgé 9 cm", COOK, "Coutellerie", "Lames du Forez",
             "24.90", "11.80", 24, 1.0, LATE),
    _product("TAB-01", "Assiette plate « Écume »", TABLE, "Vaisselle", "Terres de Puisaye",
             "8.90", "3.35", 38),
    _product("TAB-02", "Bol à oreilles breton", TABLE, "Vaisselle", "Faïence de l'Odet",
             "12.50", "4.80", 30, 1.35),
    _product("TAB-03", "Verre à pied cristallin (lot de 6)", TABLE, "Verrerie", "Clairbois",
             "32.00", "14.60", 24, 1.0, EARLY),
    _product("TAB-04", "Ménagère 24 pièces « Côté Sud »", TABLE, "Couverts", "Lames du Forez",
             "89.00", "44.00", 15),
    _product("TAB-05", "Théière en grès 0,8 l", TABLE, "Vaisselle", "Terres de Puisaye",
             "36.90", "15.90", 16, 1.05),
    _product("TAB-06", "Carafe à décanter", TABLE, "Verrerie", "Clairbois",
             "27.50", "12.10", 14, 1.0, LATE),
    _product("TAB-07", "Saladier en bois d'olivier", TABLE, "Vaisselle", "Atelier Roumanille",
             "45.00", "22.70", 15),
    _product("ELE-01", "Robot pâtissier 5 l", ELECTRIC, "Préparation", "Volta & Cie",
             "349.00", "232.00", 9, 1.0, LATE, rise=Decimal("1.04")),
    _product("ELE-02", "Machine à expresso automatique", ELECTRIC, "Café et thé", "Volta & Cie",
             "289.00", "186.00", 11, 1.05, EARLY, rise=Decimal("1.04")),
    _product("ELE-03", "Bouilloire à col de cygne", ELECTRIC, "Café et thé", "Volta & Cie",
             "79.90", "46.30", 18),
    _product("ELE-04", "Grille-pain rétro deux fentes", ELECTRIC, "Cuisson", "Volta & Cie",
             "69.90", "41.20", 17, 0.9),
    _product("ELE-05", "Friteuse à air chaud 4 l", ELECTRIC, "Cuisson", "Nordélec",
             "119.00", "71.50", 9, 2.3, first_day=date(2024, 4, 2)),
    _product("ELE-06", "Mixeur plongeant 800 W", ELECTRIC, "Préparation", "Nordélec",
             "44.90", "25.60", 18, 1.0, LATE),
    _product("ELE-07", "Machine à expresso professionnelle, 2 groupes", ELECTRIC, "Café et thé",
             "Volta & Cie", "1149.00", "815.00", 0.35),
    _product("LIN-01", "Torchon en lin lavé", LINEN, "Cuisine", "Filature du Ponant",
             "11.90", "4.90", 30),
    _product("LIN-02", "Nappe enduite au mètre", LINEN, "Table", "Filature du Ponant",
             "18.40", "8.15", 20, 1.0, EARLY),
    _product("LIN-03", "Tablier de chef « Brigade »", LINEN, "Cuisine", "Filature du Ponant",
             "29.90", "12.70", 16),
    _product("LIN-04", "Parure de lit en percale 240 × 220", LINEN, "Lit", "Maison Aubépine",
             "89.90", "43.60", 17, 1.0, LATE),
    _product("LIN-05", "Serviettes de table (lot de 4)", LINEN, "Table", "Maison Aubépine",
             "22.00", "9.40", 21),
    _product("LIN-06", "Plaid en laine des Pyrénées", LINEN, "Salon", "Maison Aubépine",
             "74.00", "38.90", 15, 1.1),
    _product("LIN-07", "Coussin brodé 40 × 40", LINEN, "Salon", "Maison Aubépine",
             "26.50", "11.20", 17, 0.85, last_day=date(2025, 5, 31)),
    _product("DEC-01", "Bougie parfumée figuier", DECOR, "Senteurs", "Cirerie Malbec",
             "19.90", "7.60", 30, 1.1, EARLY),
    _product("DEC-02", "Vase soliflore", DECOR, "Objets", "Clairbois",
             "16.50", "6.30", 22, 0.65),
    _product("DEC-03", "Miroir rond en rotin", DECOR, "Murs", "Atelier Roumanille",
             "64.00", "29.80", 14),
    _product("DEC-04", "Guirlande lumineuse 10 m", DECOR, "Lumière", "Nordélec",
             "24.90", "10.90", 16),
    _product("DEC-05", "Cadre photo en chêne", DECOR, "Murs", "Atelier Roumanille",
             "13.90", "5.70", 20),
    _product("DEC-06", "Lampe à poser « Gaïa », pièce unique", DECOR, "Lumière",
             "Atelier Roumanille", "84.90", None, 12),
    _product("RAN-01", "Bocal hermétique 1 l", STORAGE, "Conservation", "Clairbois",
             "7.90", "3.10", 32, 1.15),
    _product("RAN-02", "Boîte à pain en bambou", STORAGE, "Conservation", "Nordélec",
             "38.90", "17.30", 19, 1.0, EARLY),
    _product("RAN-03", "Panier tressé en jonc de mer", STORAGE, "Paniers", "Atelier Roumanille",
             "31.00", "13.20", 18),
    _product("RAN-04", "Étagère à épices murale", STORAGE, "Cuisine", "Nordélec",
             "27.90", "12.00", 16, 1.0, LATE),
    _product("RAN-05", "Corbeille à fruits", STORAGE, "Paniers", "Atelier Roumanille",
             "23.50", "9.80", 15),
    _product("RAN-06", "Desserte à roulettes", STORAGE, "Cuisine", "Nordélec",
             "119.00", "61.40", 11),
)  # fmt: skip

# Bought together more often than chance: in this share of the tickets with the first product,
# the second one is added.
COMPANIONS = {
    "ELE-02": ("TAB-02", 0.30),
    "CUI-02": ("LIN-01", 0.35),
    "TAB-01": ("LIN-05", 0.22),
    "ELE-01": ("CUI-05", 0.45),
    "DEC-03": ("DEC-05", 0.25),
}

BY_THE_METRE = "LIN-02"
FOR_PROFESSIONALS = "ELE-07"


def _words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


GIVEN_NAMES = _words(
    "Adèle Agathe Aïcha Alain Amélie André Anaïs Antoine Aurélie Béatrice Benoît Camille Cécile "
    "Céline Chloé Clément Corentin Damien Delphine Didier Élodie Émile Éric Étienne Fanny Fatima "
    "François Françoise Gaëlle Gérard Guillaume Hélène Hervé Inès Jean-Marc Jérôme Joëlle Karim "
    "Laure Léa Loïc Louise Lucie Maëlle Marc Margaux Marie Mathieu Mélanie Mehdi Michèle Nadia "
    "Nathalie Nicolas Noémie Océane Olivier Pascale Patrice Philippe Pierre Raphaël Rémi Romane "
    "Salomé Samir Sébastien Sophie Stéphane Sylvie Théo Thérèse Thomas Valérie Véronique Yann "
    "Yasmine Zoé"
)
FAMILY_NAMES = _words(
    "Arnaud Aubert Barbier Baron Benoît Bernard Bertin Blanchard Bouchet Boulanger Bourdon Brun "
    "Carlier Caron Carpentier Charrier Chevalier Colin Collet Cordier Cousin Daniel Delaunay "
    "Deschamps Diallo Dubois Dumas Dupuis Durand Fabre Faure Fernandez Fontaine Fournier Gaillard "
    "Garnier Gauthier Gérard Gillet Girard Grégoire Guérin Guillot Haddad Hamel Hébert Huet "
    "Jacquet Joly Kaci Klein Lacroix Laîné Lambert Leblanc Leclercq Lefèvre Léger Lemaître "
    "Leroux Lévêque Maillard Marchand Marechal Masson Mercier Meunier Morel Moulin Navarro Nguyen "
    "Noël Pasquier Pelletier Perrin Petitjean Philippon Picard Poirier Poulain Prévost Renard "
    "Rivière Rousseau Sabatier Schmitt Simonet Tessier Thébault Vasseur Vidal Villeneuve "
    "Weber"
)
PROFESSIONALS = (
    "Restaurant", "Brasserie", "Hôtel", "Chambres d'hôtes", "Salon de thé", "Traiteur",
    "Crêperie", "Auberge",
)  # fmt: skip
ASSOCIATIONS = (
    "Amicale", "Comité des fêtes", "Les Amis", "Foyer rural", "Cœur solidaire", "Épicerie sociale",
)  # fmt: skip
PLACE_NAMES = (
    "du Tilleul", "des Trois Ponts", "de l'Écluse", "du Vieux Moulin", "de la Bastide",
    "des Glycines", "du Grand Chêne", "de la Halle", "des Sœurs Blanc", "du Beffroi",
    "de la Source", "du Port", "des Remparts", "de l'Horloge", "du Belvédère", "des Lilas",
)  # fmt: skip

# Each is what a person typed at the till; those with a delimiter or a quote must be quoted.
NOTES = (
    "Emballage cadeau",
    "Livraison mardi; sonner chez le gardien",
    'Carte: "Joyeux anniversaire Mamie !"',
    "Retire au dépôt",
    "Facture demandée",
    "Liste de mariage Hébert; reste 3 pièces",
    'A demandé le modèle "Écume" en bleu',
    "Pièce d'exposition",
)
