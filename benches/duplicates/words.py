"""What people are called and what is typed around their names: tables only, from general knowledge of the languages.

Nicknames and cognates stand here a second time on purpose: the product has a table of its own, and a detector fitted
on nothing but its own table would believe that the table holds every nickname there is.
"""

# One name a line: what it says in the passport, then what its bearer is called or types. `_` is a space.
NICKNAMES = {
    "es": """
Francisco Paco Fran Curro Kiko Pancho Frasco Paquito Cisco|Francisca Paca Paqui Fran Quica|José Pepe Pep Pepito Josete
Josefa Pepa Fina Pepi Josefina|María Mari Mery Maruja Marieta|Dolores Lola Loli Lolita Doly|Ignacio Nacho Iñaki Natxo
Manuel Manolo Manu Lolo Manolito|Manuela Manoli Manola Manu|Concepción Concha Conchi Conchita Chon|Rosario Charo Charito
Jesús Chus Suso Chuchi|Enrique Quique Kike Quico|Mercedes Merche Meche Merci|José_María Chema Josemari Txema Josema
María_José Majo Mariajo Marijose Cote|Isabel Isa Isabelita Chabela Bel|María_Isabel Maribel Marisabel Isabel
María_Luisa Marisa Marilú|María_Teresa Maite Mayte Maritere Teresa|María_Dolores Lola Mariló Loli
Teresa Tere Teresita Tesa
María_del_Carmen Mamen Maricarmen Carmen Carmina Menchu|Carmen Mamen Carmela Menchu Carmina|Pilar Pili Piluca Pilarín
María_del_Pilar Pilar Pili Mapi Maripili|Antonio Toni Antoñito Toño Antón|Antonia Toñi Antoñita Toni
Eduardo Edu Lalo Duardo
Alejandro Alex Jandro Ale Sandro|Alejandra Alex Ale Jana Sandra|Rafael Rafa Falete Rafita Fali|Javier Javi Xavi Javito
Francisco_Javier Javi Javier Fran Fco._Javier Patxi|Santiago Santi Yago Chago|Guillermo Guille Willy Memo
Roberto Rober Tito
Alberto Berto Tito Alber|Cristina Cris Tina Cristi|Beatriz Bea Betty|Patricia Patri Pati Tricia
Montserrat Montse Rat Monse
Inmaculada Inma Macu Imma|Consuelo Chelo Consu|Juan_Carlos Juanca Juancar|José_Luis Joselu Pepelu Pepe|Juan_José Juanjo
José_Antonio Josean Toño Jose|José_Manuel Josema Chema Jose|José_Miguel Josemi|Juan_Manuel Juanma
Juan_Francisco Juanfran
José_Ramón Joserra Monchi|Miguel_Ángel Miguel Michel Miguelón|Luis_Miguel Luismi|Juan_Antonio Juanan|Juan_Pablo Juampa
Pedro Perico Peter Pedrito|Vicente Vicen Chente|Gregorio Goyo|Gabriel Gabi|Daniel Dani|Miguel Miki Mike
Nicolás Nico|Ramón Moncho
Jorge Jordi Yorch|Juan Joan Juanito Juanillo|Luis Lucho Luisito|Alfonso Fonso Poncho|Susana Susi Su
Encarnación Encarna Encarni
Asunción Asun Chona|Esperanza Espe|Milagros Mila|Remedios Reme|Soledad Sole Chole|Ascensión Chon|Trinidad Trini
Purificación Puri
Purísima Puri|Margarita Marga Rita Margui|Magdalena Magda Lena Malena|Verónica Vero|Yolanda Yoli|Gloria Glori
Victoria Vicky Toya
Ana_María Anamari Ana Anita|Ana_Isabel Anabel Ana|Ana_Belén Anabelén|Rosa_María Rosamari Rosa|Leonardo Leo|Leopoldo Polo
Fernando Fer Nando|Federico Fede|Gonzalo Gonza Chalo|Hipólito Poli|Jaime Jaume Jimmy|Joaquín Quino Ximo Chimo
Salvador Salva
Sebastián Sebas|Ricardo Richi Ricky Ríchar|Esteban Estebi|Cayetano Tano|Emilio Emi|Ernesto Neto
Gerardo Gera Lalo|Domingo Mingo
Bartolomé Bartolo Tolo|Agustín Agus Tin|Ángeles Angelines Geli|María_Ángeles Marian Angelines|Eugenia Geni
Elena Helen Nena
Catalina Cati Lina|Lourdes Lurdes Lour|Natalia Nati Nata|Nuria Nuri|Raquel Raque Kela|Sofía Sofi|Valentina Vale
Florencia Flor""",
    "en": """
William Bill Will Billy Liam|Robert Bob Rob Bobby Robbie|Richard Dick Rick Rich Ricky|James Jim Jimmy Jamie Jem
John Jack Johnny Jon
Elizabeth Liz Beth Lizzie Betty Eliza Libby|Margaret Maggie Peggy Meg Marge Daisy
Katherine Kate Kathy Katie Kitty|Thomas Tom Tommy
Catherine Cathy Kate Cat Cath|Michael Mike Mick Mickey|Christopher Chris Kit|Matthew Matt Matty|Anthony Tony Ant
Andrew Andy Drew
Edward Ed Ted Ned Eddie|Charles Charlie Chuck Chas|Steven Steve|Stephen Steve|Daniel Dan Danny|Joseph Joe Joey
Samuel Sam Sammy
Benjamin Ben Benny|Nicholas Nick Nicky|Alexander Alex Sandy Xander Al|Patricia Pat Trish Patsy Tricia
Jennifer Jen Jenny|Henry Harry Hal
Rebecca Becky Becca|Victoria Vicky Tori|Susan Sue Suzy|Deborah Debbie Deb|Jonathan Jon Jonny|Gregory Greg
Peter Pete|Kenneth Ken Kenny
Ronald Ron Ronnie|Gerald Gerry Jerry|Timothy Tim|Philip Phil Pip|Geoffrey Geoff|Jeffrey Jeff
Jacqueline Jackie Jacqui|Amanda Mandy
Sarah Sally Sadie|Ann Annie Nan|Barbara Barb Babs|Dorothy Dot Dottie|Frances Fran Fanny|Francis Frank
Frederick Fred Freddie|Harold Harry
Lawrence Larry Laurie|Leonard Len Lenny|Theodore Ted Theo|Walter Walt Wally|Abigail Abby Gail
Alexandra Alex Sandra Lexi|Amelia Millie
Cynthia Cindy|Eleanor Ellie Nell Nora|Emily Em Emmy|Gabrielle Gabby|Harriet Hattie|Isabella Bella Izzy
Jessica Jess|Josephine Jo Josie
Kimberly Kim|Madeline Maddie|Mary Molly Polly Mae|Nancy Nan|Pamela Pam|Penelope Penny|Samantha Sam
Stephanie Steph|Teresa Terry Tess
Valerie Val|Vincent Vince Vinny|Zachary Zach Zack|Nathaniel Nate Nat|Maxwell Max|Joshua Josh|Jacob Jake
Douglas Doug|Donald Don
David Dave Davey|Clifford Cliff|Bartholomew Bart|Albert Bert Al|Alfred Alf Fred|Arthur Art|Raymond Ray
Terence Terry|Russell Russ
Sidney Sid|Stanley Stan|Christina Chris Tina|Christine Chris Chrissie|Diane Di|Judith Judy|Kathleen Kathy Kath
Virginia Ginny
Sean Shaun Shane|Siobhan Shiv|Aoife Eva|Padraig Patrick Paddy|Patrick Paddy Pat|Caitlin Kate
Mairead Mairéad Peig|Eoghan Owen""",
    "fr": """
Alexandre Alex Sacha|Frédéric Fred|Christophe Chris Tof|Catherine Cathy Cath|Sébastien Seb Bastien|Nicolas Nico
Benjamin Ben Benji
Thomas Tom|Stéphane Steph|Stéphanie Steph Fanny|Philippe Phil|Véronique Véro|Dominique Dom Domi|Emmanuel Manu
Isabelle Isa Belle
Élisabeth Babeth Lise Betty|Geneviève Gene Ginette|Maximilien Max|Antoine Toine Tonio|Augustin Gus|Gabriel Gaby
Charles Charly
Joséphine Jo Fifi|Marguerite Margot Guite|Christine Chris Cricri|Françoise Fanfan Soizic|François Fanfan Franck
Bernard Nanard
Gérard Gégé|Jean-Pierre JP Jeanpi|Jean-Claude JC|Jean-François Jeff JF|Jean-Paul JP|Jean-Michel Jeanmi JM
Jean-Baptiste JB Jibé Baptiste
Jean-Luc Jeanluc JL|Jean-Marie Jeanma JM|Marie-Christine Marie Kiki|Marie-Thérèse Maïté Marité
Marie-Claude Marie|Anne-Marie Annie Anne
Anne-Sophie Anne|Jacqueline Jackie|Michel Mich Michou|Michèle Mimi|Mathieu Mat Matt|Guillaume Guigui Will
Grégory Greg|Laurent Lolo
Laurence Lolo|Jérôme Jé Gégé|Pascal Pasco|Vincent Vince|Olivier Oliv|Patrick Pat|Patricia Pat Patou|Valérie Val
Virginie Nini|Sophie Soso
Caroline Caro|Charlotte Lolotte Charlie|Delphine Delph|Élodie Élo|Émilie Milie|Florence Flo|Florian Flo
Joëlle Jo|Julien Ju|Julie Juju
Madeleine Mado|Mélanie Mel|Natacha Nat|Nathalie Nath Natou|Pauline Popo|Sandrine Sandy|Théodore Théo
Timothée Tim|Victor Vic|Xavier Xav
Aurélie Lili|Aurélien Aurel|Camille Cam|Clémentine Clem|Dorothée Doro|Édouard Ed Doudou|Eugénie Nini|Fabrice Fab
Henri Riri|Jacques Jacky""",
    "de": """
Johannes Hans Hannes Jo|Margarete Grete Gretel Margret|Friedrich Fritz Fred|Katharina Kathi Käthe Katrin Rina
Maximilian Max Maxi
Sebastian Basti Seb Bastian|Alexander Alex Xandi Sascha|Elisabeth Elli Lisa Lisbeth Sissi Else
Heinrich Heinz Heiner Hein|Wilhelm Willi Helm
Michael Michi Micha Michel|Matthias Matze Hias|Christian Chris Christl|Franziska Franzi Ziska|Susanne Susi Sanne
Gabriele Gabi|Andreas Andi Andy
Stefan Steff Steffen|Wolfgang Wolf Wolle|Joachim Jochen Achim|Josef Sepp Jupp Beppi|Georg Schorsch Jörg
Ulrich Uli|Thomas Tom Tommy|Barbara Babsi Bärbel
Theresia Resi Thesi|Theresa Resi Thesi|Karl-Heinz Kalle Karl|Hans-Peter Hape Hans|Hans-Jürgen Hansi Jürgen
Klaus-Peter KP Klaus|Nikolaus Klaus Niko
Manfred Manni Fred|Siegfried Siggi|Günther Günni|Gerhard Gerd|Bernhard Bernd|Eberhard Ebi|Dietrich Dieter
Konrad Kurt Conny|Ludwig Lutz Wiggerl
Leonhard Leo Hardl|Lorenz Lenz|Magdalena Lena Leni|Angelika Geli Angie|Annemarie Anne Annemie|Antonia Toni
Anton Toni|Benedikt Bene|Benjamin Ben Benni
Brigitte Gitti Gitte|Charlotte Lotte Charly|Christine Christl Tina|Cornelia Conny|Daniel Dani
Dorothea Dorle Thea|Eduard Edi|Ferdinand Ferdi
Florian Flo|Friederike Rike Fritzi|Gisela Gisi|Gottfried Friedl|Heidemarie Heidi|Helene Leni Lene
Henriette Jette Henni|Ingeborg Inge|Jakob Jockel
Jonas Joni|Kunigunde Gundi|Marianne Janne|Markus Mäx|Martin Tino|Mechthild Mecki|Moritz Mo|Patrick Pat
Philipp Phil Lippi|Rainer Rai|Reinhard Hardy
Richard Richi|Rudolf Rudi Rolf|Sabine Bine|Sigrid Siggi|Stefanie Steffi|Tobias Tobi|Ursula Uschi Ulla
Valentin Vale|Veronika Vroni Moni|Viktoria Vicky
Walburga Burgl|Waltraud Traudl|Werner Wern|Wolfram Wolf|Zacharias Zach""",
    "it": """
Giuseppe Beppe Pino Peppe Geppo|Francesco Franco Checco Cesco Ciccio|Giovanni Gianni Vanni Nanni|Luigi Gigi Gino
Antonio Tonino Toni Totò
Alessandro Ale Sandro Alex|Domenico Mimmo Mimì Nico|Vincenzo Enzo Cenzo|Salvatore Totò Turi Sasà
Roberto Roby Berto|Federico Fede Chicco
Alessandra Ale Sandra|Giuseppina Pina Giusy Pinuccia|Raffaele Lello Raf|Eleonora Nora Ele|Tommaso Tommy Maso
Pietro Piero Pierino|Michele Lino Miki
Gabriele Lele Gabri|Elisabetta Betta Betty Elisa|Maddalena Lena Magda|Margherita Rita Marghe
Caterina Cate Rina Katia|Leonardo Leo Nardo
Lorenzo Renzo Lollo|Matteo Teo|Emanuele Manu Lele|Filippo Pippo Fil|Giacomo Mino Jack|Gian_Luca Gianlu Luca
Gianluca Gianlu Luca|Gianfranco Franco
Giancarlo Carlo Gianca|Giorgio Giò|Giulia Giuli Giù|Giuliano Giulio|Maria_Teresa Maite Teresa Marite
Maria_Grazia Grazia Mariagrazia|Anna_Maria Annamaria Anna
Maria_Luisa Marisa Marilù|Mariangela Angela Mary|Michela Miki|Nicola Nico|Nicoletta Nico Letta|Paola Paoletta
Riccardo Ricky Cardo|Rosalia Lia Rosa
Sebastiano Bastiano Seba|Serafina Fina|Stefania Ste Stefy|Stefano Ste|Valentina Vale|Valeria Vale|Veronica Vero
Vittoria Vicky Vitto|Angelo Lino
Benedetta Benny Detta|Bartolomeo Meo Bart|Carmela Mela Carmen|Costantino Tino|Cristina Cri Cris|Cristiano Cris
Daniele Dani|Edoardo Edo|Emilia Emy|Enrico Chicco Rico
Fabrizio Fabri|Francesca Franci Checca Fra|Gaetano Tano|Gennaro Genny|Ignazio Gnazio|Ludovica Ludo
Beatrice Bea Bice|Simona Simo|Simone Simo|Umberto Berto""",
    "pt": """
José Zé Zeca Juca|Francisco Chico Xico Quico|António Tó Tonho Toninho|Antônio Tonho Toninho Tom
Manuel Manel Mané Nelo|Joaquim Quim Joca|Fernando Nando Fê
Gonçalo Gongas|Eduardo Edu Dudu|Isabel Belinha Bela Isa|Margarida Guida Magui|José_Maria Zé_Maria Zema
Rodrigo Digo Rô|Bernardo Bê Nardo|Miguel Mike Migas
Carolina Carol Carola|Leonor Nonô Leo|Beatriz Bia Bea|Mafalda Mafi|João Joca Jão Janjão|Luís Lula Luisinho
Luiz Lula Luizinho|Maria Mia Mariazinha|Ana Aninha Nita
Maria_João Mariajoão Maria|Maria_José Zezinha Zeza|Maria_de_Fátima Fátima Fatinha
Maria_da_Conceição São Conceição|Maria_de_Lurdes Lurdes Milu|José_Carlos Zeca Zé
João_Pedro Jota_Pê João|João_Paulo JP|Ana_Paula Paula Aninhas|Ana_Maria Ana|Ana_Carolina Carol
Luís_Miguel Luís Miguel|Alexandre Alex Xande Xandão|Alexandra Xana Alex
Augusto Guto Gusto|Carlos Carlinhos Cacá|Catarina Cata Cati|Cristina Cris Tina|Daniel Dani|Diogo Di
Felipe Lipe Fil|Filipe Lipe Pipo|Gabriel Gabi Biel|Gabriela Gabi
Guilherme Gui|Gustavo Gugu Guga|Henrique Rique Kiko|Inês Nê|Júlia Juju Ju|Juliana Ju Juli|Leonardo Leo Léo
Letícia Lê Leti|Lucas Luca|Luciana Lu Luci|Marcelo Celo
Mariana Mari Nana|Matheus Theus|Patrícia Pati Paty|Pedro Pepê Pedrinho|Rafael Rafa|Rafaela Rafa|Raimundo Mundo
Renata Rê Nata|Ricardo Cadu Rick|Roberto Beto
Sebastião Tião Bastião|Teresa Teté Teresinha|Thiago Thi|Tiago Ti|Vicente Vi|Vitória Vivi|Vanessa Nessa
Verônica Vero|Severino Biu|Adalberto Beto|Gilberto Gil""",
    "nl": """
Johannes Jan Hans Johan Joop|Cornelis Cees Kees Cor|Petrus Piet Peter Pieter|Jacobus Jaap Koos Jaco
Wilhelmus Willem Wim Pim|Willem Wim Pim|Hendrik Henk Rik Hein
Gerardus Gerard Ger|Theodorus Theo Dirk|Antonius Anton Toon Ton|Adrianus Adrie Arie Ad|Franciscus Frans Cis
Maria Marijke Mieke Ria|Johanna Anna Hanneke Jo
Catharina Toos Trijn Carin|Elisabeth Els Liesbeth Betsy Lies|Margaretha Greet Gré Margriet
Wilhelmina Mien Willy Mina|Hendrika Riek Rika|Cornelia Corrie Nel|Petronella Nel Petra
Alexander Alex Sander Lex|Nicolaas Klaas Nico Niek|Matthijs Thijs|Mattheus Theo Thijs|Bartholomeus Bart
Laurens Lau|Maximiliaan Max|Sebastiaan Bas|Bastiaan Bas|Katrien Trien
Christiaan Chris|Michiel Mich|Robrecht Rob|Lambertus Bert Bart|Hubertus Bert Huub|Josephus Jos Jef|Jozef Jef Jos
Guillaume Guy|Dominique Domi|Emmanuelle Manu""",
    "pl": """
Aleksander Olek Alek|Aleksandra Ola Olka|Katarzyna Kasia Kaśka|Małgorzata Gosia Małgosia|Agnieszka Aga
Joanna Asia Joasia|Krzysztof Krzysiek Krzyś|Stanisław Staszek Stach
Zbigniew Zbyszek|Grzegorz Grzesiek|Tomasz Tomek|Piotr Piotrek|Andrzej Jędrek|Jakub Kuba|Jan Janek|Józef Józek
Maria Marysia Maryla|Magdalena Magda|Elżbieta Ela|Ewa Ewka
Barbara Basia|Anna Ania Anka|Zofia Zosia|Wojciech Wojtek|Tadeusz Tadek|Paweł Pawełek|Michał Misiek
Marcin Marcinek|Łukasz Łuki|Mateusz Mati|Bartłomiej Bartek|Rafał Rafałek
Jerzy Jurek|Dorota Dorotka|Beata Beatka|Karolina Karola|Natalia Nata|Monika Monia|Sebastian Seba|Szymon Szymek
Dariusz Darek|Sławomir Sławek|Mirosław Mirek|Ryszard Rysiek""",
    "sv": """
Alexander Alex|Christoffer Chris Kricke|Fredrik Figge Fredde|Gustav Gurra|Karl Kalle|Carl Calle|Lars Lasse
Nils Nisse|Per Pelle|Jan Janne|Johan Jojje|Mikael Micke|Magnus Mange
Margareta Greta Maggan|Katarina Kattis Katta|Kristina Stina Kicki|Elisabet Lisbet Lisa|Birgitta Gittan Bitte
Susanne Sussie|Viktor Vicke|Sebastian Sebbe|Tobias Tobbe|Robert Robban
Anders Adde|Andreas Adde|Björn Nalle|Erik Erka|Henrik Henke|Ulrika Ulla|Kjell Kjelle|Stefan Steffe|Thomas Tompa
Marie Mia|Josefin Josse|Maria Maja Mia""",
    "da": (
        "Christian Chris|Frederik Frede|Kristoffer Kris|Katrine Trine|Kirsten Kis|Margrethe Grethe|Niels "
        "Nisse|Peter Per|Johannes Hannes|Elisabeth Lis Lisbeth|Alexander Alex|Mathias Matti|Birgitte Gitte|"
        "Sebastian Bastian|Karoline Line"
    ),
    "no": (
        "Kristoffer Kris|Alexander Alex|Magnus Mange|Fredrik Fredde|Katrine Trine|Kristin Kiss|Elisabeth "
        "Lisbeth Lise|Andreas Adde|Johannes Hannes|Sebastian Seb|Karoline Line|Margrethe Grete|Ole Olle|"
        "Marte Mie"
    ),
    "fi": (
        "Juhani Jussi Juha|Johannes Juha Hannes|Mikael Mika|Kristiina Tiina|Katariina Kati Kata|Elisabet "
        "Liisa Elisa|Margareeta Reetta|Aleksander Aleksi Ale|Antero Ante|Matti Masa|Tapani Tapsa|Marjatta "
        "Marja|Kalevi Kale|Susanna Sanna"
    ),
    "ro": (
        "Alexandru Alex Sandu|Alexandra Alex Sanda|Gheorghe George Gigi|Ion Ionuț Nelu|Ioan Nelu Ionel|"
        "Constantin Costel Costi Dinu|Nicolae Nicu Nae|Mihai Misu|Ștefan Fane|Vasile Vasi|Elena Lenuța Leni|"
        "Maria Mia Maricica|Ecaterina Cati Rina|Andreea Andi|Gabriel Gabi|Gabriela Gabi|Cristina Cristi|"
        "Cristian Cristi|Daniel Dani"
    ),
    "cs": (
        "Jan Honza Jenda|Josef Pepa Jožka|Jiří Jirka|František Franta|Václav Vašek|Jakub Kuba|Tomáš Tom|Petr "
        "Péťa|Pavel Pája|Martin Mára|Karel Kája|Stanislav Standa|Zdeněk Zdena|Kateřina Katka Káťa|Marie "
        "Maruška Mařenka|Eliška Eli|Barbora Bára|Tereza Terka|Lucie Lucka|Ludmila Lída|Magdaléna Magda|"
        "Alžběta Bětka|Jaroslav Jarda|Miroslav Mirek|Vladimír Vláďa"
    ),
    "tr": (
        "Mehmet Memo|Mustafa Mıstık|İbrahim İbo|Süleyman Sülo|Abdullah Apo|Hüseyin Hüso|Fatma Fatoş|Ayşe "
        "Ayşegül|Emine Emoş|Hatice Hatçe|Muhammet Mehmet|Zeynep Zeyno|Ramazan Ramo"
    ),
    "hu": (
        "László Laci|István Pisti|József Józsi|János Jani|Sándor Sanyi|Ferenc Feri|György Gyuri|Erzsébet "
        "Erzsi Bözsi|Katalin Kati|Zsuzsanna Zsuzsa|Mária Mari|Gábor Gabi|Miklós Miki|Tamás Tomi"
    ),
    "ru": (
        "Aleksandr Sasha Alexander|Aleksey Alex Lyosha|Dmitriy Dima Mitya|Ekaterina Katya Kate|Elena Lena "
        "Helen|Mikhail Misha Michael|Nikolay Kolya|Sergey Seryozha Serge|Tatyana Tanya|Vladimir Vova Volodya|"
        "Anastasiya Nastya|Mariya Masha|Anna Anya|Natalya Natasha|Yevgeniy Zhenya Eugene|Ivan Vanya|Pavel "
        "Pasha|Yuriy Yura|Yuliya Julia"
    ),
    "el": (
        "Georgios Giorgos Yorgos George|Ioannis Giannis Yannis John|Konstantinos Kostas Dinos|Dimitrios "
        "Dimitris Mitsos Jim|Nikolaos Nikos|Panagiotis Panos Takis|Vasileios Vasilis Bill|Christos Chris|"
        "Aikaterini Katerina|Eleni Lena|Maria Maro|Anastasios Tasos|Athanasios Thanasis|Evangelos Vangelis|"
        "Sofia Sofi|Spyridon Spyros|Theodoros Thodoris|Alexandros Alekos Alex"
    ),
    "ar": (
        "Mohamed Mohammed Muhammad Mohammad Med|Ahmed Ahmad Hmed|Abdelkader Kader Abdel|Abderrahmane Abdou|"
        "Fatima Fatma Fati|Khadija Khadidja|Youssef Yusuf Joseph Yousef|Hassan Hasan|Hussein Hussain Houcine|"
        "Mustapha Mostafa Mustafa|Abdallah Abdullah Abdellah|Aïcha Aicha Aisha"
    ),
    "zh": "Wei William Will|Jing Jenny|Li Lily|Min Amy|Yan Yvonne|Jun Jason|Hao Howard|Xin Cindy|Ming Michael",
    "in": (
        "Rajesh Raj|Sanjay Sanju|Suresh Suri|Vikram Vik|Krishnan Krish|Priyanka Priya|Lakshmi Laxmi|"
        "Venkatesh Venky|Harpreet Harry|Abhishek Abhi"
    ),
}

# One given name in several languages, from Spanish to what a desk abroad makes of it.
COGNATES = """
Juan Joan John Jean Johann Giovanni João Jan Ivan|Jorge Jordi George Georges Georg Giorgio
José Josep Joseph Giuseppe Josef
Francisco Francesc Francis François Franz Francesco|Pedro Pere Peter Pierre Pietro Piotr Pieter
Pablo Pau Paul Paolo Paulo Pavel Paweł
Antonio Antoni Anthony Antoine Anton António|Miguel Miquel Michael Michel Michele Mikael Michał
Luis Lluís Louis Luigi Ludwig Luís Lewis
Carlos Carles Charles Carlo Karl Karol|Enrique Enric Henry Henri Heinrich Enrico Henrique
Guillermo Guillem William Guillaume Wilhelm Guglielmo Guilherme
Andrés Andreu Andrew André Andreas Andrea Andrzej|Alejandro Alexandre Alexander Alessandro Aleksander
Esteban Esteve Stephen Étienne Stefan Stefano Estêvão
Jaime Jaume James Jacques Jakob Giacomo Tiago|Felipe Felip Philip Philippe Philipp Filippo Filipe
Mateo Mateu Matthew Mathieu Matthias Matteo Mateusz
María Maria Mary Marie|Ana Anna Anne Ann Hannah|Isabel Elisabet Elizabeth Élisabeth Elisabeth Elisabetta
Catalina Caterina Catherine Katharina Katarzyna
Margarita Margarida Margaret Marguerite Margarete Margherita|Elena Helena Helen Hélène Helene
Julia Júlia Julie Giulia|Lucía Lucy Lucie Lucia
Teresa Theresa Thérèse Therese Tereza|Ignacio Ignasi Ignace Ignazio Inácio|Javier Xavier Saverio
Rafael Raphael Raphaël Raffaele Rafał|Tomás Tomàs Thomas Tommaso Tomasz
Nicolás Nicolau Nicholas Nicolas Nikolaus Nicola|Marcos Marc Mark Markus Marco|Vicente Vicent Vincent Vincenzo
Sofía Sophia Sophie Sofia|Verónica Veronica Véronique"""

SECOND_HALVES = {  # of compound given names, by language: men's, women's
    "es": (
        "Luis,Carlos,Antonio,Manuel,María,Miguel,Javier,Ángel,Ramón,Pablo,José,Ignacio,Francisco,Alberto",
        ("del Carmen,José,Luisa,Pilar,Isabel,Teresa,de los Ángeles,Dolores,Belén,Elena,Cristina,Victoria,Paz,Mercedes"),
    ),
    "fr": (
        "-Pierre,-Luc,-Paul,-Marc,-Claude,-François,-Philippe,-Louis,-Baptiste",
        "-Claire,-Laure,-Anne,-Hélène,-Christine,-Sophie,-France,-Line",
    ),
    "it": (" Maria, Carlo, Luca, Paolo, Battista", " Maria, Grazia, Teresa, Rosa, Chiara, Laura"),
    "de": ("-Peter,-Joachim,-Heinz,-Jürgen,-Dieter,-Georg", "-Marie,-Luise,-Sophie,-Kathrin,-Katharina,-Lena"),
    "pt": (
        "Miguel,Pedro,Manuel,Maria,Carlos,Paulo,Henrique,Luís",
        "Maria,Sofia,Isabel,João,Rita,Filipa,Carolina,Clara",
    ),
    "en": ("James,John,Edward,Lee,Michael,Paul,William,Thomas", "Jane,Anne,Louise,May,Marie,Elizabeth,Rose,Grace"),
    "pl": ("Jan,Maria,Piotr,Józef", "Maria,Anna,Zofia,Ewa"),
    "nl": ("-Jan,-Willem,-Pieter", "-Marie,-Anne,-Marijke"),
    "sv": ("-Erik,-Olof,-Gustav,Anders", "-Marie,-Britt,-Lena,Kristina"),
    "ro": ("-Andrei,-Mihai,-Ionuț", "-Maria,-Elena,-Ioana"),
    "tr": ("Ali,Can,Emre", "Nur,Su,Gül"),
    "ar": ("Amine,Ali,Reda", "Zahra,Zohra"),
    "el": ("", ""),
    "in": ("Kumar,Singh", "Kumari,Devi"),
}
SECOND_HALVES.update(
    {"da": SECOND_HALVES["sv"], "no": SECOND_HALVES["sv"], "fi": ("-Pekka,-Matti,Juhani", "-Liisa,-Maija,Kristiina")}
)

PARTICLES = {  # before surnames
    "es": "de la ,del ,de ,de los ,de las ",
    "fr": "de ,du ,Le ,de la ,d',La ,Des ",
    "de": "von ,von der ,zu ,vom ,von und zu ",
    "it": "De ,Di ,Della ,D',Dal ,Lo ,La ,Dell'",
    "pt": "da ,dos ,de ,do ,das ",
    "en": "O',Mc,Mac,Fitz,St. ",
    "nl": "van ,van der ,de ,van den ,ter ,van de ,ten ,'t ",
    "sv": "af ,von ",
    "da": "von ,af ",
    "ar": "El ,Ben ,Al-,Aït ,Bou,Abd ",
}
TITLES = {  # man's, woman's
    "es": "Sr.,Don,D.,Dr. Sra.,Doña,Dña.,Srta.",
    "fr": "M.,Monsieur,Mr Mme,Madame,Mlle",
    "de": "Herr,Dr.,Hr.,Prof. Frau,Fr.,Dr.",
    "en": "Mr,Mr.,Dr,Sir Mrs,Ms,Miss,Mrs.",
    "it": "Sig.,Signor,Dott.,Ing. Sig.ra,Signora,Dott.ssa",
    "pt": "Sr.,Senhor,Dr. Sra.,Dona,Dra.",
    "nl": "Dhr.,Heer Mevr.,Mw.",
    "pl": "Pan,P. Pani",
    "sv": "Herr Fru,Fröken",
    "tr": "Bay,Bey Bayan,Hanım",
    "ro": "Dl.,Domnul Dna.,Doamna",
    "cs": "Pan,Ing. Paní",
    "fi": "Herra Rouva",
    "hu": "Úr Asszony",
    "el": "Kos Kyria",
}
NOISE = (
    "VIP|VIP1|+1|+2|(2 PAX)|x2|*|- LATE|(REPEATER)|**VIP**|/1|NO MOVER|(hija)|& wife|y esposa|et Mme|und "
    "Frau|JR|Hon.|(GOLD)|2PAX|AD|."
).split("|")

# What a listener writes for what is said, by language; the second for the first or the first for the second.
SOUNDS = {
    "es": "v b,ll y,c s,z s,h _,g j,qu k,x s,ñ n,c z,gu w,i y,cc c",
    "fr": "eau o,au o,ph f,y i,ss s,ck k,t tt,l ll,n nn,c k,ai e,s z,h _,th t,x s,e _",
    "en": "ph f,ck k,y ie,ee ea,th t,c k,s z,ll l,nn n,tt t,ey y,gh g,ou u,e _,oo u,aig eg",
    "de": "ck k,dt t,tz z,ei ai,ey ei,ie i,th t,ph f,ss s,tt t,mm m,nn n,v f,d t,b p,y i,ä e,c k",
    "it": "cc c,tt t,zz z,ll l,ss s,gg g,qu cu,gl l,gn n,ch k,nn n",
    "pt": "s z,ç ss,x ch,lh l,nh n,ou o,e i,am ão,z s,ll l",
    "nl": "ij y,ck k,oe u,ei ij,aa a,ee e,z s,v f,dt t,ks x,ch g",
    "pl": "rz z,sz s,cz c,w v,ó u,ł l,y i,j i,ch h",
    "sv": "ss s,c k,qv kv,w v,ck k,th t,ph f,å o,ä e,z s",
    "da": "aa å,sen son,x ks,ch k,th t,ck k,nn n",
    "no": "aa å,sen son,ei ej,th t,kk k,ck k",
    "fi": "kk k,tt t,ä a,y u,v w,nn n",
    "ro": "ș s,ț t,ț z,ă a,â i,sc sch,ch k",
    "cs": "v w,ř r,š s,č c,ž z,ě e,ý y,ová ova",
    "tr": "ş s,ğ g,ı i,ç c,c j,y j,ü u",
    "hu": "sz s,cs ch,gy g,ny n,zs z,s z",
    "ru": "y i,kh h,iy y,sh ch,zh j,yu iu,ya ia,ks x,ey ei,ye e,ov off,ts c,y j",
    "el": "ch h,f ph,i y,ou u,k c,mp b,nt d,gi y,x ks,th t,ai e,ei i",
    "ar": "ou u,kh h,q k,dj j,ch sh,ee i,aa a,el al,ss s,h _,bou bu,i y,tt t",
    "zh": "zh z,sh s,ng n,x s,q ch,c ts,ie ieh",
    "in": "sh s,v w,ee i,oo u,ksh x,th t,a aa",
    "ja": "ou o,oo oh,shi si,tsu tu,chi ti,ji zi",
}
SCANNED = "rn m,m rn,l 1,i l,o 0,b 8,s 5,cl d,vv w,e c,u v,h b,g 9,n ri,t f,a o,i 1,z 2"
KEYS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm,.")

GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",
        "a v g d e z i th i k l m n x o p r s t y f ch ps o s a e i i o y o i y i y".split(),
    )
)
CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґѝ",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i yi ye g i".replace(
            "_", ""
        ).split(" "),
    )
)

FOREIGN_NAMES = {  # where Faker has another script only: men's, women's, surnames
    "ar": (
        (
            "Mohamed Ahmed Youssef Hassan Omar Ali Karim Mehdi Said Rachid Mustapha Khalid Hamza Bilal Abdallah "
            "Abdelkader Hicham Tarik Anas Yassine Hussein Ibrahim Nabil Samir Walid Ismail Abderrahmane Driss"
        ),
        (
            "Fatima Aïcha Khadija Zineb Salma Nadia Samira Leila Amina Hanane Meryem Sara Yasmine Latifa Houda "
            "Imane Naima Soukaina Malika Karima Rania Noor"
        ),
        (
            "Benali Alaoui Bennani Idrissi Tazi Berrada Amrani Chraibi Fassi Mansouri Haddad Khalil Saidi Ouali "
            "Bouzid Ziani Hamdi Rahmani Cherkaoui Naciri Lahlou Kabbaj Tahiri Hakimi Mokhtar Saleh Hassan Ahmad "
            "Al-Farsi Al-Rashid Belhaj Boukhari Dahmani Ghazi Jaziri Kaddouri"
        ),
    ),
    "zh": (
        (
            "Wei Jun Hao Ming Lei Tao Peng Qiang Yong Jie Bin Bo Chao Gang Feng Xiaoming Zhiyuan Jianguo Zihan "
            "Yichen Haoyu Guowei"
        ),
        "Jing Li Min Yan Fang Na Xiu Ying Hui Xin Mei Ling Yuhan Xinyi Zixuan Lihua Xiaoyan Meiling Yutong",
        (
            "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie "
            "Song Tang Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu "
            "Ding"
        ),
    ),
    "in": (
        (
            "Rajesh Sanjay Amit Vikram Arjun Rahul Suresh Ramesh Anil Vijay Ravi Deepak Manish Krishnan "
            "Venkatesh Harpreet Abhishek Rohit Nikhil Karthik Aditya"
        ),
        (
            "Priya Anita Sunita Lakshmi Kavita Neha Pooja Divya Meena Asha Rekha Deepa Shreya Anjali Priyanka "
            "Sneha Radha Geeta"
        ),
        (
            "Sharma Singh Kumar Patel Gupta Reddy Iyer Nair Mehta Shah Joshi Rao Das Verma Mishra Agarwal "
            "Banerjee Chatterjee Desai Kapoor Khan Malhotra Menon Mukherjee Pillai Sethi Subramanian "
            "Krishnamurthy Jain Bhatt Chopra Kaur"
        ),
    ),
    "ja": (
        "Hiroshi Kenji Takashi Akira Satoshi Yuki Daisuke Kazuo Haruto Sota Ren Ryota Shota Yuto Kenta Naoki",
        "Yuko Keiko Akiko Naoko Sakura Yui Hina Aoi Rin Mio Haruka Misaki Ayumi Emi Tomoko",
        (
            "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki "
            "Yamaguchi Matsumoto Inoue Kimura Hayashi Shimizu Saito Yamazaki Mori Abe Ikeda Hashimoto Ishikawa "
            "Ogawa Goto Okada Hasegawa Fujita Kondo"
        ),
    ),
}


def table(text):
    """The lines of a table: lists of words, `_` turned into a space."""
    return [
        [word.replace("_", " ") for word in line.split()]
        for line in text.replace("|", "\n").split("\n")
        if line.strip()
    ]
