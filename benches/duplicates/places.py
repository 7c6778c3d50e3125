"""Countries: phones, post codes, cities, streets, mail providers, from general knowledge."""

# Faker's locale (or a list of words.py), country, language, dial prefix, trunk prefix, mobile numbers, landlines, post
# codes (`#` a digit, `@` a letter; `P` the city's own prefix), how surnames work, share around which a mix draws.
LOCALES = [
    line.split()
    for line in """
es_ES ES es 34 - 6########,6########,7######## 91#######,93#######,95#######,8######## P### two 20
es_MX MX es 52 - 55########,33########,81######## 55########,33######## P### two 3
es_AR AR es 54 0 911########,9351####### 11########,351####### P## one 2.5
es_CO CO es 57 - 3######### 601#######,604####### P#### two 1.5
es_CL CL es 56 - 9######## 2######## P##### two 1.5
fr_FR FR fr 33 0 6########,7######## 1########,2########,4######## P### one 13
fr_BE BE fr 32 0 47#######,49####### 2#######,4####### P## one 2
fr_CH CH fr 41 0 76#######,79####### 22#######,21####### P## one 1.5
en_GB GB en 44 0 7######### 20########,161#######,1######### P#_#@@ one 12
en_US US en 1 - 2125######,3105######,4155######,6175###### 2122######,3053######,7026###### P## one 6
en_IE IE en 353 0 83#######,85#######,87####### 1#######,21####### P_@#@# one 3
en_AU AU en 61 0 4######## 2########,3######## P## one 1
en_CA CA en 1 - 4165######,6045###### 4162######,5142###### P_#@# one 1
de_DE DE de 49 0 151########,160#######,17######## 30########,89#######,221####### P### one 12
de_AT AT de 43 0 660#######,664####### 1#######,662###### P## one 2.5
de_CH CH de 41 0 76#######,78####### 44#######,31####### P## one 2.5
it_IT IT it 39 - 32########,33########,34######## 02########,06########,0########## P### one 8
pt_PT PT pt 351 - 91#######,93#######,96####### 21#######,22####### P##-### two 5
pt_BR BR pt 55 0 119########,219########,319######## 113#######,213####### P###-### two 3
nl_NL NL nl 31 0 6######## 20#######,10#######,70####### P##_@@ one 4
nl_BE BE nl 32 0 47#######,49####### 3#######,9####### P## one 2
pl_PL PL pl 48 - 5########,6########,7######## 22#######,12####### P-### one 3
sv_SE SE sv 46 0 70#######,73####### 8#######,31####### P#_## one 2.5
da_DK DK da 45 - 2#######,4#######,5####### 3####### P## one 1.5
no_NO NO no 47 - 4#######,9####### 2####### P## one 1.5
fi_FI FI fi 358 0 40#######,50####### 9####### P### one 1.5
ro_RO RO ro 40 0 72#######,74####### 21####### P#### one 2
cs_CZ CZ cs 420 - 60#######,77####### 2######## P#_## one 1.5
hu_HU HU hu 36 06 20#######,30####### 1####### P## one 1
tr_TR TR tr 90 0 53########,54######## 212####### P### one 1.5
ru_RU RU ru 7 8 9######### 495#######,812####### P### one 1.5
el_GR GR el 30 - 69######## 21######## P_## one 1
ar MA ar 212 0 6########,7######## 5######## P### one 1.5
zh CN zh 86 0 13#########,18######### 10######## P### one 1.5
in IN in 91 0 9#########,8######### 22######## P### one 1
ja JP ja 81 0 90########,80######## 3######## P-#### one 0.7
""".strip().split("\n")
]

CITIES = {  # the largest first, with the beginning of their post codes
    "ES": (
        "Madrid/28 Barcelona/08 Valencia/46 Sevilla/41 Zaragoza/50 Málaga/29 Murcia/30 Palma/07 "
        "Las_Palmas_de_Gran_Canaria/35 Bilbao/48 Alicante/03 Córdoba/14 Valladolid/47 Vigo/36 Gijón/33 "
        "A_Coruña/15 Granada/18 San_Sebastián/20 Pamplona/31 Santander/39 Burgos/09 Salamanca/37 Cádiz/11 "
        "León/24 Tarragona/43 Girona/17 Lleida/25 Logroño/26 Badajoz/06 Huelva/21 Toledo/45 "
        "Santa_Cruz_de_Tenerife/38"
    ),
    "MX": (
        "Ciudad_de_México/06 Guadalajara/44 Monterrey/64 Puebla/72 Tijuana/22 León/37 Mérida/97 Cancún/77 "
        "Querétaro/76 Toluca/50"
    ),
    "AR": "Buenos_Aires/C1 Córdoba/X5 Rosario/S2 Mendoza/M5 La_Plata/B1 Mar_del_Plata/B7 Salta/A4 Bariloche/R8",
    "CO": "Bogotá/11 Medellín/05 Cali/76 Barranquilla/08 Cartagena/13 Bucaramanga/68",
    "CL": "Santiago/83 Valparaíso/23 Concepción/40 Viña_del_Mar/25 Antofagasta/12 Temuco/47",
    "FR": (
        "Paris/75 Marseille/13 Lyon/69 Toulouse/31 Nice/06 Nantes/44 Strasbourg/67 Montpellier/34 "
        "Bordeaux/33 Lille/59 Rennes/35 Reims/51 Saint-Étienne/42 Le_Havre/76 Toulon/83 Grenoble/38 Dijon/21 "
        "Angers/49 Nîmes/30 Clermont-Ferrand/63 Tours/37 Metz/57 Besançon/25 Perpignan/66 Orléans/45 "
        "Brest/29 Pau/64 La_Rochelle/17"
    ),
    "BE": (
        "Bruxelles/10 Antwerpen/20 Gent/90 Charleroi/60 Liège/40 Brugge/80 Namur/50 Leuven/30 Mons/70 "
        "Mechelen/28 Kortrijk/85"
    ),
    "CH": (
        "Zürich/80 Genève/12 Basel/40 Lausanne/10 Bern/30 Winterthur/84 Luzern/60 St._Gallen/90 Lugano/69 Fribourg/17"
    ),
    "GB": (
        "London/SW1 Birmingham/B1 Leeds/LS Glasgow/G1 Sheffield/S1 Manchester/M1 Edinburgh/EH Liverpool/L1 "
        "Bristol/BS Cardiff/CF Leicester/LE Belfast/BT Nottingham/NG Newcastle_upon_Tyne/NE Southampton/SO "
        "Brighton/BN Plymouth/PL Reading/RG Oxford/OX Cambridge/CB York/YO Bath/BA Exeter/EX Norwich/NR "
        "Aberdeen/AB Swansea/SA"
    ),
    "US": (
        "New_York/100 Los_Angeles/900 Chicago/606 Houston/770 Phoenix/850 Philadelphia/191 San_Antonio/782 "
        "San_Diego/921 Dallas/752 Austin/787 Boston/021 Seattle/981 Denver/802 Miami/331 Atlanta/303 "
        "San_Francisco/941 Washington/200 Portland/972 Las_Vegas/891"
    ),
    "IE": "Dublin/D0 Cork/T1 Limerick/V9 Galway/H9 Waterford/X9 Drogheda/A9 Kilkenny/R9",
    "AU": "Sydney/20 Melbourne/30 Brisbane/40 Perth/60 Adelaide/50 Hobart/70",
    "CA": "Toronto/M5 Montréal/H2 Vancouver/V6 Calgary/T2 Ottawa/K1 Québec/G1",
    "DE": (
        "Berlin/10 Hamburg/20 München/80 Köln/50 Frankfurt_am_Main/60 Stuttgart/70 Düsseldorf/40 Leipzig/04 "
        "Dortmund/44 Essen/45 Bremen/28 Dresden/01 Hannover/30 Nürnberg/90 Duisburg/47 Bochum/44 "
        "Wuppertal/42 Bielefeld/33 Bonn/53 Münster/48 Karlsruhe/76 Mannheim/68 Augsburg/86 Wiesbaden/65 "
        "Freiburg_im_Breisgau/79 Lübeck/23 Mainz/55 Kassel/34"
    ),
    "AT": (
        "Wien/10 Graz/80 Linz/40 Salzburg/50 Innsbruck/60 Klagenfurt/90 Villach/95 Wels/46 St._Pölten/31 Dornbirn/68"
    ),
    "IT": (
        "Roma/00 Milano/20 Napoli/80 Torino/10 Palermo/90 Genova/16 Bologna/40 Firenze/50 Bari/70 Catania/95 "
        "Venezia/30 Verona/37 Messina/98 Padova/35 Trieste/34 Brescia/25 Parma/43 Modena/41 Cagliari/09 "
        "Perugia/06 Livorno/57 Ravenna/48 Bergamo/24 Lecce/73"
    ),
    "PT": (
        "Lisboa/10 Porto/40 Braga/47 Coimbra/30 Funchal/90 Setúbal/29 Faro/80 Aveiro/38 Évora/70 Leiria/24 "
        "Viseu/35 Vila_Nova_de_Gaia/44 Cascais/27 Guimarães/48"
    ),
    "BR": (
        "São_Paulo/01 Rio_de_Janeiro/20 Brasília/70 Salvador/40 Fortaleza/60 Belo_Horizonte/30 Curitiba/80 "
        "Recife/50 Porto_Alegre/90 Florianópolis/88 Goiânia/74"
    ),
    "NL": (
        "Amsterdam/10 Rotterdam/30 Den_Haag/25 Utrecht/35 Eindhoven/56 Groningen/97 Tilburg/50 Almere/13 "
        "Breda/48 Nijmegen/65 Haarlem/20 Maastricht/62 Leiden/23"
    ),
    "PL": (
        "Warszawa/00 Kraków/30 Łódź/90 Wrocław/50 Poznań/60 Gdańsk/80 Szczecin/70 Lublin/20 Katowice/40 "
        "Białystok/15 Gdynia/81 Toruń/87 Rzeszów/35"
    ),
    "SE": (
        "Stockholm/11 Göteborg/41 Malmö/21 Uppsala/75 Västerås/72 Örebro/70 Linköping/58 Helsingborg/25 Umeå/90 Lund/22"
    ),
    "DK": "København/10 Aarhus/80 Odense/50 Aalborg/90 Esbjerg/67 Roskilde/40 Vejle/71",
    "NO": "Oslo/01 Bergen/50 Trondheim/70 Stavanger/40 Tromsø/90 Drammen/30 Kristiansand/46",
    "FI": "Helsinki/00 Espoo/02 Tampere/33 Turku/20 Oulu/90 Jyväskylä/40 Lahti/15",
    "RO": "București/01 Cluj-Napoca/40 Timișoara/30 Iași/70 Constanța/90 Brașov/50 Craiova/20",
    "CZ": "Praha/11 Brno/60 Ostrava/70 Plzeň/30 Olomouc/77 Liberec/46 České_Budějovice/37",
    "HU": "Budapest/10 Debrecen/40 Szeged/67 Pécs/76 Győr/90",
    "TR": "İstanbul/34 Ankara/06 İzmir/35 Bursa/16 Antalya/07 Adana/01 Konya/42",
    "RU": "Moskva/101 Sankt-Peterburg/190 Novosibirsk/630 Ekaterinburg/620 Kazan/420 Samara/443",
    "GR": "Athina/105 Thessaloniki/546 Patra/262 Irakleio/712 Larisa/412",
    "MA": "Casablanca/20 Rabat/10 Marrakech/40 Fès/30 Tanger/90 Agadir/80",
    "CN": "Beijing/100 Shanghai/200 Guangzhou/510 Shenzhen/518 Hangzhou/310",
    "IN": "Mumbai/400 Delhi/110 Bangalore/560 Chennai/600 Kolkata/700 Pune/411",
    "JP": "Tokyo/100 Osaka/530 Kyoto/600 Yokohama/220 Nagoya/450",
}
EXONYMS = {
    line.split("/")[0].replace("_", " "): [other.replace("_", " ") for other in line.split("/")[1:]]
    for line in """
Sevilla/Seville/Séville Zaragoza/Saragossa Córdoba/Cordova Palma/Palma_de_Mallorca/Palma_Mallorca
Las_Palmas_de_Gran_Canaria/Las_Palmas A_Coruña/La_Coruña/Coruña San_Sebastián/Donostia/Donosti Pamplona/Iruña
Girona/Gerona Lleida/Lérida Barcelona/Barna/Barcelone Alicante/Alacant Valencia/València/Valence Bilbao/Bilbo
Gijón/Xixón Ciudad_de_México/México_D.F./CDMX/Mexico_City Paris/París/Parigi Marseille/Marsella Bordeaux/Burdeos
Lyon/Lión Nice/Niza Strasbourg/Straßburg Saint-Étienne/St_Etienne Bruxelles/Brussel/Brussels/Bruselas
Antwerpen/Anvers/Antwerp Gent/Gand/Ghent Liège/Luik Brugge/Bruges Leuven/Louvain Mons/Bergen Zürich/Zurich
Genève/Geneva/Genf Basel/Bâle Bern/Berne Luzern/Lucerne London/Londres/Londra Edinburgh/Edimburgo
Dublin/Baile_Átha_Cliath/Dublín New_York/NYC/Nueva_York München/Munich/Múnich/Monaco Köln/Cologne/Colonia
Frankfurt_am_Main/Frankfurt/Frankfurt_a.M. Nürnberg/Nuremberg Hannover/Hanover Wien/Vienna/Vienne/Viena Roma/Rome/Rom
Milano/Milan/Mailand Napoli/Naples/Nápoles Torino/Turin Firenze/Florence/Florenz Venezia/Venice/Venedig Genova/Genoa
Lisboa/Lisbon/Lissabon Porto/Oporto Den_Haag/The_Hague/'s-Gravenhage/La_Haya Warszawa/Warsaw/Varsovia
Kraków/Cracow/Krakau Göteborg/Gothenburg København/Copenhagen Praha/Prague/Prag București/Bucharest/Bucarest
İstanbul/Istanbul/Estambul Moskva/Moscow Sankt-Peterburg/St._Petersburg Athina/Athens Fès/Fez
Freiburg_im_Breisgau/Freiburg Newcastle_upon_Tyne/Newcastle Thessaloniki/Salonica Bangalore/Bengaluru
St._Gallen/Sankt_Gallen St._Pölten/Sankt_Pölten""".split()
}

# Kinds of streets with their abbreviations (`k=a,b`), then names; `+` is a kind glued to the end of the name, `-` one
# that stands after it, else it stands before it. `{}` is somebody's surname.
STREETS = {
    "es": (
        (
            "Calle=C/,C.,Cl,c/,CALLE,C/. Avenida=Avda.,Av.,Avda,AVDA Plaza=Pza.,Pl.,Plza.,Pza Paseo=Pº,P.º,Pso. "
            "Camino=Cno.,Cmno Carretera=Ctra.,Crta. Ronda=Rda. Travesía=Trva.,Tr. Urbanización=Urb.,URB"
        ),
        (
            "Mayor,Real,del Sol,Nueva,de la Iglesia,San José,de Alcalá,Gran Vía,de la Constitución,del Carmen,"
            "San Juan,de las Flores,Santa Ana,de Goya,del Prado,Doctor {},de {},{},Pintor {},Juan {},Maestro {}"
        ),
    ),
    "fr": (
        (
            "rue=r.,R.,RUE avenue=av.,Av.,Ave boulevard=bd,Bd.,Blvd,bld place=pl.,Pl chemin=ch.,Che allée=all.,"
            "All impasse=imp.,Imp. route=rte,Rte quai=Quai"
        ),
        (
            "de la République,Victor Hugo,de l'Église,du Général {},Jean {},des Lilas,de la Gare,Pasteur,des "
            "Écoles,du Moulin,de Paris,Jules {},du {},Saint-Michel,des Acacias,{},Marcel {}"
        ),
    ),
    "en": (
        (
            "-Road=Rd,Rd.,ROAD -Street=St,St.,Str -Avenue=Ave,Av.,Ave. -Lane=Ln,La -Close=Cl -Drive=Dr,Drv "
            "-Court=Ct -Terrace=Terr,Tce -Crescent=Cres -Way=Wy -Gardens=Gdns -Square=Sq"
        ),
        (
            "High,Station,Church,Victoria,{},Park,London,Queens,{},Mill,Green,Manor,Kings,Oak,{},Springfield,The "
            "Grove,West,{} Hill,North,St John's"
        ),
    ),
    "de": (
        (
            "+straße=str.,strasse,str,Straße +weg=wg. +platz=pl. +allee=all. +gasse=g. +ring=rg. -Straße=Str.,"
            "Strasse,Str"
        ),
        (
            "Haupt,Bahnhof,Schul,Garten,Linden,Berg,Kirch,Goethe,Schiller,Wald,Dorf,Mozart,Ring,{}er ,Beethoven,"
            "Rosen,{},Am Mühl,Friedrich,{}-"
        ),
    ),
    "it": (
        (
            "via=V.,v.,VIA viale=V.le,vle piazza=P.zza,Pza,P.za corso=C.so,Cso vicolo=Vic. largo=L.go "
            "strada=Str. piazzale=P.le"
        ),
        (
            "Roma,Garibaldi,Giuseppe Mazzini,Dante Alighieri,Vittorio Emanuele,Cavour,Verdi,{},San Marco,"
            "Giuseppe {},IV Novembre,della Libertà,Marconi,Antonio {},dei Mille,XX Settembre"
        ),
    ),
    "pt": (
        (
            "Rua=R.,R,RUA Avenida=Av.,Avª Praça=Pç.,Pca Travessa=Tv.,Trav. Largo=Lg.,Lgo Estrada=Estr.,Est. "
            "Alameda=Al.,Alam."
        ),
        (
            "da Igreja,das Flores,25 de Abril,de {},da Liberdade,do Comércio,Dr. {},da República,Almirante {},"
            "São João,Nova,do Sol,{},5 de Outubro,da Escola"
        ),
    ),
    "nl": (
        "+straat=str.,str,strt. +laan=ln. +weg=wg +plein=pln +gracht=gr. +kade=kd. -Straat=Str.",
        (
            "Kerk,School,Dorps,Molen,Julia,Wilhelmina,{},Stations,Nieuw,Linden,Prinsen,Konings,Hoofd,"
            "Burgemeester {},Beatrix"
        ),
    ),
    "sv": (
        "+gatan=g.,gat. +vägen=v.,väg. +gränd=gr. -väg=v.",
        "Stor,Kungs,Drottning,Skol,Kyrko,Björk,{}s ,Ring,Norra ,Södra,Sveavägens,Industri,Ängs",
    ),
    "da": (
        "+vej=v.,vj. +gade=g.,gd. +alle=al. -Plads=Pl.",
        "Skole,Kirke,Birke,Nørre,Vester,{}s,Stations,Enghave,Søndre ,Bøge",
    ),
    "no": (
        "+veien=v.,vn. +gata=gt.,g. +gate=gt. -vei=v.",
        "Kirke,Skole,Storgata,Bjørke,{}s ,Parkv,Strand,Kongens,Dronningens ",
    ),
    "fi": ("+katu=k. +tie=t. +kuja=kj. +polku=p.", "Kirkko,Koulu,Asema,Mänty,Kauppa,Ranta,Puisto,Koivu,Mannerheimin"),
    "pl": (
        "ul.=ulica,Ul.,ul al.=aleja,Al.,aleje pl.=plac,Pl. os.=osiedle,Os.",
        (
            "Polna,Leśna,Słoneczna,Krótka,Szkolna,Ogrodowa,Lipowa,Mickiewicza,{}ego,Kościuszki,Jana Pawła II,"
            "Sienkiewicza"
        ),
    ),
    "ro": (
        "Strada=Str.,Str Bulevardul=Bd.,B-dul Aleea=Al. Calea=Cal.",
        "Mihai Eminescu,Libertății,Unirii,Victoriei,{},Ion {},Florilor,Gării",
    ),
    "cs": ("-ulice=ul. -třída=tř. -náměstí=nám.", "Hlavní,Nádražní,Školní,Husova,Masarykova,{}ova,Zahradní"),
    "hu": ("-utca=u. -út=ú. -tér=t.", "Kossuth Lajos,Petőfi Sándor,Rákóczi,Széchenyi,{},Dózsa György"),
    "tr": ("-Caddesi=Cad.,Cd. -Sokak=Sok.,Sk. -Bulvarı=Blv.", "Atatürk,Cumhuriyet,İstiklal,Gül,{},Bağdat,Lale"),
    "ru": ("ulitsa=ul.,Ul prospekt=pr.,pr-t pereulok=per.", "Lenina,Mira,Sadovaya,{}a,Pushkina,Gagarina"),
    "el": ("Odos=Od.,Od Leoforos=Leof.,L.", "Ermou,Athinas,{}ou,Venizelou,Kifisias,Papandreou"),
    "ar": (
        "rue=r.,Rue avenue=av.,Av boulevard=bd,Bld",
        "Mohammed V,Hassan II,des FAR,{},Allal Ben Abdellah,Al Massira",
    ),
    "zh": ("-Road=Rd,Lu -Street=St,Jie", "Zhongshan,Renmin,Jiefang,Nanjing,Chang'an,Huaihai"),
    "in": ("-Road=Rd,Rd. -Nagar=Ngr -Marg=Mg", "MG,{},Nehru,Gandhi,Park,Station,Indira"),
    "ja": ("-chome=ch. -dori=Dori", "Sakura,Chuo,Shinjuku 2,Ginza 4,Minami"),
}

MAIL = {  # by language; by country where it makes a difference
    "es": (
        "gmail.com*6 hotmail.com*3 hotmail.es yahoo.es outlook.es outlook.com telefonica.net icloud.com "
        "yahoo.com movistar.es live.com"
    ),
    "MX": "gmail.com*5 hotmail.com*4 yahoo.com.mx outlook.com prodigy.net.mx live.com.mx",
    "AR": "gmail.com*5 hotmail.com*3 yahoo.com.ar outlook.com fibertel.com.ar",
    "fr": (
        "gmail.com*5 orange.fr*2 free.fr*2 wanadoo.fr hotmail.fr*2 yahoo.fr laposte.net sfr.fr icloud.com "
        "outlook.fr live.fr neuf.fr"
    ),
    "BE": "gmail.com*4 telenet.be*2 skynet.be hotmail.com*2 outlook.be proximus.be",
    "CH": "gmail.com*3 bluewin.ch*3 gmx.ch hotmail.com sunrise.ch icloud.com",
    "en": "gmail.com*6 hotmail.com*2 outlook.com*2 yahoo.com icloud.com*2 aol.com",
    "GB": (
        "gmail.com*5 hotmail.co.uk*2 yahoo.co.uk*2 btinternet.com outlook.com icloud.com sky.com "
        "talktalk.net virginmedia.com live.co.uk ntlworld.com aol.com"
    ),
    "US": (
        "gmail.com*7 yahoo.com*3 aol.com comcast.net verizon.net icloud.com*2 hotmail.com att.net msn.com sbcglobal.net"
    ),
    "IE": "gmail.com*5 eircom.net hotmail.com yahoo.ie outlook.ie",
    "de": (
        "gmail.com*3 web.de*3 gmx.de*3 gmx.net t-online.de*2 freenet.de outlook.de icloud.com yahoo.de "
        "hotmail.de posteo.de arcor.de"
    ),
    "AT": "gmail.com*3 gmx.at*3 aon.at chello.at hotmail.com",
    "it": (
        "gmail.com*6 libero.it*3 hotmail.it virgilio.it yahoo.it tiscali.it icloud.com alice.it tin.it "
        "live.it outlook.it"
    ),
    "pt": "gmail.com*5 hotmail.com*2 sapo.pt outlook.pt clix.pt icloud.com iol.pt netcabo.pt",
    "BR": "gmail.com*6 hotmail.com*3 yahoo.com.br uol.com.br bol.com.br terra.com.br outlook.com",
    "nl": ("gmail.com*4 hotmail.com*2 ziggo.nl kpnmail.nl outlook.com planet.nl xs4all.nl home.nl live.nl hetnet.nl"),
    "pl": "gmail.com*4 wp.pl*3 o2.pl*2 onet.pl interia.pl op.pl gazeta.pl poczta.onet.pl",
    "sv": "gmail.com*4 hotmail.se telia.com outlook.com live.se hotmail.com icloud.com",
    "da": "gmail.com*4 hotmail.com live.dk outlook.dk mail.dk",
    "no": "gmail.com*3 hotmail.no online.no outlook.com icloud.com",
    "fi": "gmail.com*4 hotmail.com luukku.com outlook.com elisanet.fi",
    "ro": "gmail.com*4 yahoo.com*4 hotmail.com",
    "cs": "gmail.com*3 seznam.cz*4 email.cz centrum.cz volny.cz",
    "hu": "gmail.com*4 freemail.hu citromail.hu t-online.hu",
    "tr": "gmail.com*5 hotmail.com*3 yahoo.com mynet.com",
    "ru": "mail.ru*4 yandex.ru*3 gmail.com*3 bk.ru rambler.ru list.ru",
    "el": "gmail.com*5 hotmail.com yahoo.gr otenet.gr",
    "ar": "gmail.com*5 hotmail.com*2 yahoo.fr menara.ma",
    "zh": "qq.com*4 163.com*3 126.com gmail.com sina.com",
    "in": "gmail.com*6 yahoo.co.in*2 rediffmail.com hotmail.com",
    "ja": "gmail.com*3 yahoo.co.jp*3 docomo.ne.jp ezweb.ne.jp icloud.com",
}


def providers(language, country):
    """Mail providers, each as often as it is used."""
    found = []
    for word in (MAIL.get(country) or MAIL[language]).split():
        domain, _, times = word.partition("*")
        found += [domain] * int(times or 1)
    return found


def cities(country):
    """Pairs of a city and the beginning of its post codes, the largest first."""
    return [tuple(word.replace("_", " ").rsplit("/", 1)) for word in CITIES[country].split()]


def streets(language):
    """Kinds of streets with their abbreviations, and names."""
    kinds, names = STREETS[language]
    return [
        (kind, short.split(",")) for kind, _, short in (word.partition("=") for word in kinds.split())
    ], names.split(",")
